/** Whether a Mac answers probes of closed ports and pings: stealth mode of its firewall. */
import { type Static, Type } from 'typebox';
import { defineCheck, fail, file, pass } from '../model/index.ts';
import { switchStealthModeOn } from './remedies/firewall-stealth.ts';
import { readMacFirewall } from './sources/firewall-macos.ts';

const Stealth = Type.Object({
  stealth: Type.Boolean(),
  firewall: Type.Optional(Type.Boolean({ description: 'Whether the firewall is on, without which the mode does nothing. Absent: not told.' })),
});

export default defineCheck({
  id: 'firewall.stealth',
  title: 'Firewall does not answer probes',
  why: 'A computer that does not answer is not found by those who search a network for something to attack.',
  group: 'network',
  owner: 'user',
  cost: 'process',
  timeoutMs: 12_000,
  value: Stealth,
  params: Type.Object({ required: Type.Boolean({ default: false, description: 'Stealth mode must be on; otherwise it is shown only.' }) }),
  read: {
    darwin: (host) =>
      readMacFirewall<Static<typeof Stealth>>(host, ({ stealth, enabled }) =>
        stealth === undefined ? undefined : { stealth, ...(enabled === undefined ? {} : { firewall: enabled }) },
      ),
  },
  watch: { darwin: [file('/Library/Preferences/com.apple.alf.plist'), file('/Library/Managed Preferences/com.apple.security.firewall.plist')] },
  judge: ({ stealth, firewall }, { required }) => {
    const said = !stealth ? 'Stealth mode is off.' : firewall === false ? 'Stealth mode does nothing while the firewall is off.' : 'Stealth mode is on.';
    return required && (!stealth || firewall === false) ? fail(said) : pass(said);
  },
  remedy: switchStealthModeOn,
  controls: ['CIS macOS 2.2.2', 'NIST 800-53 SC-7(16)'],
});
