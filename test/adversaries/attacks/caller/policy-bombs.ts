/** Policies that are small and grow when they are read, or are nested without end, are refused, and what is in force stays. */
import { ADMIN } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';

const laughs = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...Array.from(
    { length: 9 },
    (_, index) =>
      `b${index}: &b${index} [${Array(9)
        .fill(`*${index === 0 ? 'a' : `b${index - 1}`}`)
        .join(', ')}]`,
  ),
].join('\n');

export default defineAttack({
  gets: '422 policy-invalid',
  run: async ({ post }) => {
    const apply = (text: string) => post('/v1/policies', { files: [{ name: '../../x.yaml', text }] }, { authorization: `Bearer ${ADMIN}` });
    return [await apply(laughs), await apply(`${'['.repeat(5000)}${']'.repeat(5000)}`), await apply('kind: baseline\n__proto__: { kind: baseline }\n')];
  },
});
