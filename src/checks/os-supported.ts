/** Whether the maker of the system still mends its holes. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, file, type Host, known, notApplicable, pass, UnparsableError, unknown } from '../model/index.ts';
import { type OsRelease, readOsRelease } from './sources/os-release.ts';
import { isRolling, type Support, supportFromDistroInfo, supportFromRelease, supportFromTable } from './sources/os-support.ts';

const DATE = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

async function fromHost(host: Host, release: OsRelease): Promise<Support | undefined> {
  if (release.ID !== 'debian' && release.ID !== 'ubuntu') return undefined;
  const csv = await attempt(host.read(`/usr/share/distro-info/${release.ID}.csv`));
  return csv instanceof DoorError ? undefined : supportFromDistroInfo(csv, release);
}

export default defineCheck({
  id: 'os.supported',
  title: 'System is supported by its maker',
  why: 'A system out of support gets no more security updates, however often it looks for them.',
  group: 'system',
  owner: 'user',
  cost: 'cheap',
  value: Type.Object({
    id: Type.String({ maxLength: 64 }),
    name: Type.String({ maxLength: 100 }),
    supportEndsOn: DATE,
    extendedSupportEndsOn: Type.Optional(DATE),
  }),
  params: Type.Object({
    acceptExtended: Type.Boolean({ default: false, description: 'Also accept long-term support by others or for money (Debian LTS, Ubuntu ESM).' }),
  }),
  read: {
    linux: async (host) => {
      const release = await readOsRelease(host);
      const name = release.PRETTY_NAME ?? `${release.NAME ?? release.ID} ${release.VERSION_ID ?? ''}`.trim();
      if (isRolling(release)) return notApplicable('rolling-release', `${name} has no releases that end.`);
      const found: readonly [Support | undefined, string][] = [
        [supportFromRelease(release), 'os-release SUPPORT_END'],
        [await fromHost(host, release), 'distro-info'],
        [supportFromTable(release), 'bundled table'],
      ];
      for (const [support, method] of found) {
        if (support !== undefined)
          return known(
            { id: `${release.ID}-${release.VERSION_ID ?? release.VERSION_CODENAME ?? ''}`.slice(0, 64), name: name.slice(0, 100), ...support },
            method,
          );
      }
      return unknown('no-data', `When support of ${name} ends is not known here.`);
    },
  },
  excuses: { linux: ['rolling-release'] },
  watch: { linux: [file('/etc/os-release')] },
  judge: ({ name, supportEndsOn, extendedSupportEndsOn }, { acceptExtended }, at) => {
    const today = new Date(at).toISOString().slice(0, 10);
    const end = acceptExtended && extendedSupportEndsOn !== undefined && extendedSupportEndsOn > supportEndsOn ? extendedSupportEndsOn : supportEndsOn;
    if (Number.isNaN(Date.parse(end))) throw new UnparsableError('The end of support is not a date.');
    return today > end ? fail(`${name} went out of support on ${end}.`) : pass(`${name} is supported until ${end}.`);
  },
  remedy: (value, platform) =>
    platform === 'linux'
      ? {
          steps: value?.id.startsWith('ubuntu')
            ? ['Back up your files.', 'Open Software Updater: it offers the next version. (In a terminal: sudo do-release-upgrade)']
            : value?.id.startsWith('fedora')
              ? ['Back up your files.', 'Open Software > Updates: it offers the next Fedora. (In a terminal: sudo dnf system-upgrade)']
              : ['Back up your files.', 'Ask your administrator for the next release of your system.'],
        }
      : { steps: ['Install the newest version of your system, or ask your administrator for a newer device.'] },
  controls: ['NIST 800-53 SI-2', 'NIST 800-53 SA-22'],
});
