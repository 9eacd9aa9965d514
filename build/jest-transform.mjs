/** Jest's transform: esbuild strips the types, nothing else. */
import { transformSync } from 'esbuild';

export default {
  process(source, file) {
    const { code } = transformSync(source, {
      loader: file.endsWith('x') ? 'tsx' : 'ts',
      format: 'esm',
      target: 'node24',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      sourcemap: 'inline',
      sourcefile: file,
    });
    return { code };
  },
};
