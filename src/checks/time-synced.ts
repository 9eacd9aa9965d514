/** Whether the clock follows a time server. Linux tells everybody; macOS and Windows tell only whether they are set to. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, event, fail, file, known, notApplicable, pass, registryKey, undecided } from '../model/index.ts';
import { setClock } from './remedies/time-synced.ts';
import { readEnvironment } from './sources/environment.ts';
import { readLinuxClock } from './sources/time-linux.ts';
import { CLOCK_KEYS, CLOCK_NEEDS, readMacosClock, windowsClock } from './sources/time-settings.ts';

export default defineCheck({
  id: 'time.synced',
  title: 'Clock is in sync',
  why: 'Certificates, signatures and logs are worth nothing with a wrong clock.',
  group: 'system',
  owner: 'user',
  cost: 'process',
  value: Type.Object({
    synced: Type.Optional(Type.Boolean({ description: 'Whether the clock follows a time server now.' })),
    automatic: Type.Optional(Type.Boolean({ description: 'Whether it is set to.' })),
  }),
  params: Type.Object({
    acceptSetting: Type.Boolean({ default: true, description: 'Where only the setting is known, that the clock is set automatically is enough.' }),
  }),
  read: {
    linux: async (host) => {
      const environment = await attempt(readEnvironment(host)).catch(() => undefined);
      if (environment !== undefined && !(environment instanceof DoorError)) {
        if (environment.wsl) return notApplicable('wsl', 'The clock of WSL is that of Windows.');
        if (environment.container !== null) return notApplicable('container', 'The clock belongs to the host of the container.');
      }
      const { method, ...value } = await readLinuxClock(host);
      return known(value, method);
    },
    darwin: async (host) => {
      const answer = await readMacosClock(host);
      return 'status' in answer ? answer : known({ automatic: answer.automatic }, answer.method);
    },
    win32: {
      needs: CLOCK_NEEDS,
      from: (got) => {
        const { automatic, method } = windowsClock(got);
        return known({ automatic }, method);
      },
    },
  },
  excuses: { linux: ['container', 'wsl'] },
  watch: {
    linux: [file('/run/systemd/timesync'), event('wake'), event('network')],
    darwin: [file('/Library/Managed Preferences/com.apple.timed.plist'), event('wake')],
    win32: [...CLOCK_KEYS.map(registryKey), event('wake')],
  },
  judge: ({ synced, automatic }, { acceptSetting }) => {
    if (synced === true) return pass('The clock follows a time server.');
    if (automatic === false) return fail('The clock is set by hand.');
    if (synced === false) return fail('The clock is set to follow a time server, and does not follow one.');
    if (automatic !== true) return undecided('Whether the clock follows a time server is not known.');
    return acceptSetting ? pass('The clock is set automatically.') : undecided('The clock is set automatically; whether it is right now is not told.');
  },
  remedy: setClock,
  controls: ['NIST 800-53 SC-45', 'NIST 800-53 AU-8'],
});
