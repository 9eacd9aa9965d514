/** TEMPORARY stub. */
import { readFile } from 'node:fs/promises';
import type { CheckAppraisal, Reading } from '../src/model/index.ts';
import type { Examined } from './agent.ts';

export async function examine(replay: string | undefined): Promise<Examined> {
  const text = replay === undefined ? '' : await readFile(replay, 'utf8');
  await new Promise((r) => setTimeout(r, 150));
  const on = !text.includes('ENABLED=no');
  const readAt = new Date().toISOString();
  const c = (check: string, title: string, verdict: CheckAppraisal['verdict'], more: Partial<CheckAppraisal> = {}): CheckAppraisal => ({
    check,
    title,
    verdict,
    required: true,
    proof: 'reported',
    ...more,
  });
  const checks: CheckAppraisal[] = [
    c('os.supported', 'System is supported by its maker', 'pass', { because: 'Ubuntu 24.04 LTS is supported until 2029-05-31.' }),
    c('disk.encryption', 'Disk is encrypted', 'pass', { because: '/ is on LUKS2.' }),
    on
      ? c('firewall.enabled', 'Firewall is on', 'pass', { because: 'ufw is enabled and its unit is active.' })
      : c('firewall.enabled', 'Firewall is on', 'fail', {
          because: 'ufw is installed and switched off',
          remedy: { steps: ['Open Terminal.', 'Type: sudo ufw enable', 'Enter your password and press Enter.'] },
        }),
    c('boot.secure_boot', 'Secure Boot is on', 'pass'),
    c('hw.tpm', 'TPM 2.0 is present', 'pass'),
    c('screen.lock', 'Screen locks by itself', /"lock-enabled"\],\s*"value":\s*false/.test(text) ? 'fail' : 'pass', {
      because: 'The screen never locks by itself',
      remedy: {
        steps: ['Open Settings, then Privacy & Security, then Screen Lock.', 'Switch Automatic Screen Lock on.', 'Set Blank Screen to 5 minutes.'],
        open: 'ms-settings:lockscreen',
      },
    }),
    c('os.security_updates', 'Security updates are installed', 'unknown', { reason: 'timeout' }),
    c('remote.ssh', 'Remote login is off', 'fail', { required: false, because: 'ssh.service runs', remedy: { steps: ['sudo systemctl disable --now ssh'] } }),
    c('os.integrity.mac', 'AppArmor or SELinux is enforcing', 'pass'),
    c('device.virtual', 'Virtual machine', 'not-applicable', { reason: 'container', required: false }),
  ];
  const readings: Reading[] = checks.map((x) =>
    x.verdict === 'unknown'
      ? { check: x.check, status: 'unknown' as const, reason: 'timeout' as const, readAt, tookMs: 2 }
      : {
          check: x.check,
          status: 'known' as const,
          value: { enabled: on, product: 'ufw', profiles: ['Public', 'Private'] },
          method: '/etc/ufw/ufw.conf',
          readAt,
          tookMs: 2,
        },
  );
  const fails = checks.filter((x) => x.required && x.verdict === 'fail').length;
  return {
    privilege: 'user',
    readings,
    appraisal: {
      compliance: fails ? 'not-compliant' : 'compliant',
      baseline: { id: 'default', version: 'x' },
      platform: 'linux',
      appraisedAt: readAt,
      checks,
      reasons: [],
    },
  };
}
