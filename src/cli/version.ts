/** The version that goes into evidence and `--version`. */
import stance from '../../package.json' with { type: 'json' };

export const VERSION: string = stance.version;
