/** Whether firmware has waited too long. By fwupd, from the list that it holds: nothing is fetched. macOS and Windows bring firmware with the system's own updates. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, file, known, notApplicable, pass, undecided, unknown } from '../model/index.ts';
import { installFirmware } from './remedies/firmware-updates.ts';
import { readEnvironment } from './sources/environment.ts';
import { parseFirmwareUpdates, parseRemotes } from './sources/fwupd.ts';

const DAY_MS = 86_400_000;
const MAX_LISTED = 50;
const options = { timeoutMs: 30_000 };

export default defineCheck({
  id: 'firmware.updates',
  title: 'Firmware is up to date',
  why: 'Firmware starts before every other protection, and its holes are mended by updates only.',
  group: 'hardware',
  owner: 'user',
  cost: 'slow',
  value: Type.Object({
    pending: Type.Array(Type.Object({ name: Type.String({ maxLength: 200 }), since: Type.String({ maxLength: 30, description: 'First seen: ISO 8601.' }) }), {
      maxItems: MAX_LISTED,
      description: 'Devices with newer firmware, and which.',
    }),
    listsOn: Type.Union([Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), Type.Null()], { description: 'Day on which the list of firmware was fetched.' }),
  }),
  params: Type.Object({
    maxPendingDays: Type.Number({ default: 30, minimum: 0, description: 'Days that firmware may wait.' }),
    maxListDays: Type.Number({ default: 30, minimum: 1, description: 'Days after which the list of firmware is too old to tell.' }),
  }),
  read: {
    linux: async (host) => {
      const environment = await attempt(readEnvironment(host)).catch(() => undefined);
      if (environment !== undefined && !(environment instanceof DoorError)) {
        if (environment.wsl) return notApplicable('wsl', 'The firmware is that of Windows.');
        if (environment.container !== null) return notApplicable('container', 'The firmware belongs to the host of the container.');
        if (environment.hypervisor !== null) return notApplicable('virtual-machine', 'The firmware of a virtual machine comes with its host.');
      }
      // Without the two flags it would offer to fetch a newer list, and to report what it did.
      const updates = await host.run('fwupdmgr', ['get-updates', '--json', '--no-metadata-check', '--no-unreported-check'], options);
      // 2 says that there is nothing to do.
      if (updates.exit !== 0 && updates.exit !== 2) return unknown('no-data', `fwupdmgr exits with ${updates.exit}: ${updates.stderr.trim().slice(0, 200)}`);
      // Devices that cannot be updated at all are an error to it, and nothing to do to us.
      const nothing = updates.exit === 2 && /"Error"|no (updates|upgrades|updatable)/i.test(updates.stdout + updates.stderr);
      const offered = nothing ? [] : parseFirmwareUpdates(updates.stdout);
      const remotes = await host.run('fwupdmgr', ['get-remotes', '--json'], options);
      const fetchedAt = parseRemotes(remotes.stdout);
      if (fetchedAt === undefined && offered.length === 0) return unknown('no-data', 'The list of firmware was never fetched.');
      const history = host.history('firmware.updates');
      const now = new Date(host.now()).toISOString();
      const pending = offered
        .map(({ name, installed, offered: version }) => ({ name: `${name} ${installed} → ${version}`.slice(0, 200) }))
        .map(({ name }) => ({ name, since: history[name]?.slice(0, 30) ?? now }))
        .sort((a, b) => (a.since + a.name < b.since + b.name ? -1 : 1));
      return known(
        { pending: pending.slice(0, MAX_LISTED), listsOn: fetchedAt === undefined ? null : new Date(fetchedAt).toISOString().slice(0, 10) },
        'fwupdmgr get-updates',
      );
    },
  },
  excuses: { linux: ['container', 'wsl', 'virtual-machine'] },
  watch: { linux: [file('/var/lib/fwupd')] },
  judge: ({ pending, listsOn }, { maxPendingDays, maxListDays }, at) => {
    const old = pending.filter(({ since }) => at - Date.parse(since) > maxPendingDays * DAY_MS);
    const [first] = old;
    if (first !== undefined)
      return fail(`Firmware has waited over ${maxPendingDays} days: ${first.name}${old.length > 1 ? `, and ${old.length - 1} more` : ''}.`);
    if (listsOn === null || at - Date.parse(listsOn) > (maxListDays + 1) * DAY_MS) {
      return undecided(listsOn === null ? 'The list of firmware was never fetched.' : `The list of firmware was fetched on ${listsOn}, too long ago to tell.`);
    }
    return pass(pending.length === 0 ? 'No firmware waits.' : `Firmware waits, and none longer than ${maxPendingDays} days: ${pending[0]?.name}.`);
  },
  remedy: installFirmware,
  controls: ['NIST 800-53 SI-2'],
});
