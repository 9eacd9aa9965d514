/** Whether the device is enrolled in device management. Information, unless the baseline requires it. */
import { Type } from 'typebox';
import {
  DoorError,
  defineCheck,
  fail,
  type Got,
  isAbsent,
  known,
  pass,
  type RegistryKey,
  registryChildren,
  registryKey,
  UnparsableError,
  unknown,
} from '../model/index.ts';
import { enrol } from './remedies/device-mdm.ts';
import { registryValue } from './sources/registry-value.ts';

interface Enrolment {
  readonly enrolled: boolean;
  /** By the organisation's purchase (Automated Device Enrolment). */
  readonly automatic?: boolean;
  readonly approved?: boolean;
  readonly provider?: string;
}

/** The answer of `profiles status -type enrollment`: both lines are always printed, so their values count. @throws UnparsableError */
export function parseEnrollment(stdout: string): Enrolment {
  const [enrolment, ...others] = stdout.matchAll(/^MDM enrollment: (Yes|No)( \(User Approved\))?$/gm);
  if (enrolment === undefined || others.length > 0) throw new UnparsableError('profiles does not say whether the Mac is enrolled');
  const automatic = /^Enrolled via DEP: (Yes|No)$/m.exec(stdout)?.[1];
  return {
    enrolled: enrolment[1] === 'Yes',
    ...(automatic === undefined ? {} : { automatic: automatic === 'Yes' }),
    ...(enrolment[1] === 'Yes' ? { approved: enrolment[2] !== undefined } : {}),
  };
}

const PROFILES_TIMEOUT_MS = 30_000;
const ENROLLMENTS = registryChildren('HKLM\\SOFTWARE\\Microsoft\\Enrollments');
/** `EnrollmentState` of an enrolment that is complete. */
const ENROLLED = 1;
/** Stands between Configuration Manager and Windows' own providers; nobody manages the device by it. */
const BRIDGE = /^WMI_Bridge/i;

function providerOf(key: RegistryKey): string | undefined {
  const provider = registryValue(key, 'ProviderID');
  if (registryValue(key, 'EnrollmentState') !== ENROLLED || typeof provider !== 'string') return undefined;
  return provider.trim() === '' || BRIDGE.test(provider) ? undefined : provider.trim().slice(0, 64);
}

/** Windows keeps every enrolment below this key; without the key there is none. */
function enrolments(got: Got): Readonly<Record<string, RegistryKey | DoorError>> {
  try {
    return got(ENROLLMENTS);
  } catch (error) {
    if (isAbsent(error)) return {};
    throw error;
  }
}

/** An enrolment that may not be looked at leaves open whether there is one, unless another one is. */
function enrolmentOnWindows(got: Got): Enrolment {
  const keys = Object.values(enrolments(got));
  const providers = keys.flatMap((key) => (key instanceof DoorError ? [] : (providerOf(key) ?? [])));
  if (providers.length > 0) return { enrolled: true, provider: providers.sort()[0] ?? '' };
  const denied = keys.find((key) => key instanceof DoorError && !isAbsent(key));
  if (denied !== undefined) throw denied;
  return { enrolled: false };
}

export default defineCheck({
  id: 'device.mdm',
  title: 'Device management is known',
  why: 'A managed device gets its settings from the organisation, which can also vouch for it.',
  group: 'device',
  owner: 'admin',
  // macOS asks Apple's servers whether the device belongs to an organisation, and waits for them.
  cost: 'slow',
  value: Type.Object({
    enrolled: Type.Boolean({ description: 'The device is enrolled in device management.' }),
    automatic: Type.Optional(Type.Boolean({ description: 'macOS: enrolled by way of its purchase (Automated Device Enrolment).' })),
    approved: Type.Optional(Type.Boolean({ description: 'macOS: the person approved the enrolment, so that it may do everything.' })),
    provider: Type.Optional(Type.String({ maxLength: 64, description: 'Windows: id of the management product ("MS DM Server" is Intune).' })),
  }),
  params: Type.Object({ required: Type.Boolean({ default: false, description: 'Fail a device that is not enrolled.' }) }),
  read: {
    darwin: async (host) => {
      const { stdout, exit } = await host.run('profiles', ['status', '-type', 'enrollment'], { timeoutMs: PROFILES_TIMEOUT_MS });
      // Without a network it may print nothing at all.
      if (stdout.trim() === '') return unknown('no-data', 'macOS does not say whether it is enrolled.');
      if (exit !== 0) throw new UnparsableError(`profiles ended with ${exit}`);
      return known(parseEnrollment(stdout), 'profiles status');
    },
    win32: { needs: [ENROLLMENTS], from: (got) => known(enrolmentOnWindows(got), 'registry Enrollments') },
  },
  watch: { win32: [registryKey(ENROLLMENTS.key)] },
  judge: ({ enrolled, provider }, { required }) => {
    if (enrolled) return pass(`Enrolled in device management${provider === undefined ? '' : ` (${provider})`}.`);
    return required ? fail('Not enrolled in device management.') : pass('Not enrolled in device management.');
  },
  remedy: enrol,
  controls: ['CIS macOS 1.8', 'NIST 800-53 CM-2', 'NIST 800-53 CM-6'],
});
