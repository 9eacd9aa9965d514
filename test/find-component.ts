/** Programs that some tests need and that not every machine has: where they are, and the command that brings them. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export const COMPONENTS = {
  chromium: {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    variable: 'CHROMIUM',
    command: 'apt-get install -y --no-install-recommends chromium',
  },
  openssl: { programs: ['openssl'], variable: 'OPENSSL', command: 'apt-get install -y --no-install-recommends openssl' },
  'dbus-daemon': { programs: ['dbus-daemon'], variable: 'DBUS_DAEMON', command: 'apt-get install -y --no-install-recommends dbus-daemon' },
  swtpm: { programs: ['swtpm'], variable: 'SWTPM', command: 'apt-get install -y --no-install-recommends swtpm' },
  nginx: { programs: ['nginx'], variable: 'NGINX', command: 'apt-get install -y --no-install-recommends nginx' },
  'dpkg-deb': { programs: ['dpkg-deb'], variable: 'DPKG_DEB', command: 'apt-get install -y --no-install-recommends dpkg' },
  strace: { programs: ['strace'], variable: 'STRACE', command: 'apt-get install -y --no-install-recommends strace' },
  'systemd-analyze': { programs: ['systemd-analyze'], variable: 'SYSTEMD_ANALYZE', command: 'apt-get install -y --no-install-recommends systemd' },
  nft: { programs: ['nft'], variable: 'NFT', command: 'apt-get install -y --no-install-recommends nftables' },
  iptables: { programs: ['iptables-nft'], variable: 'IPTABLES', command: 'apt-get install -y --no-install-recommends iptables' },
  ufw: { programs: ['ufw'], variable: 'UFW', command: 'apt-get install -y --no-install-recommends ufw' },
} as const;
export type Component = keyof typeof COMPONENTS;

/** Absolute path of a component: the variable named after it, or the first of its programs on the PATH (and in /usr/sbin). */
export function findComponent(component: Component): string | undefined {
  const { programs, variable } = COMPONENTS[component];
  const named = process.env[variable];
  if (named) return isProgram(named) ? named : undefined;
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
  return programs.flatMap((program) => folders.map((folder) => path.join(folder, program))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
