/** A machine on which nothing answers as it should: what the checks make of it is scored as well. They may say less, and never something else. */
import { DoorError, type Got, type Host } from '../model/index.ts';

/**
 * `missing`: no program is there, `systemctl`, `gsettings` and PowerShell among them. `denied`, `slow`: every door refuses, or never answers in time.
 * `garbage`: programs print nothing that can be understood, and files hold it; folders, links and what is absent are as they were.
 */
export const SPOILS = ['missing', 'denied', 'slow', 'garbage'] as const;
export type Spoil = (typeof SPOILS)[number];

const GARBAGE = '\u0001\u0000\u00ff ]] nothing that anybody asked for { \ufffd\n= = =\n';

/** Fails with a code whatever the machine would have said, except where it has no systemd to be asked. */
const unless = (code: string, door: string) => async (answer: Promise<unknown>) => {
  const failure = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  throw failure instanceof DoorError && failure.code === 'ENOSYSTEMD' ? failure : new DoorError(code, door);
};

/** Every need of Windows fails in the same way: one PowerShell answers them all. */
const gatherNothing = (code: string) => async (): Promise<Got> => (need) => {
  throw new DoorError(code, `${need.door} ${Object.values(need).slice(1).join(' ')}`);
};

function withoutPrograms(host: Host): Host {
  const gone = async (name: string): Promise<never> => Promise.reject(new DoorError('ENOENT', name));
  return {
    ...host,
    run: (program) => gone(`run ${program}`),
    gsettings: (schema, key) => gone(`gsettings ${schema} ${key}`),
    unit: (name, scope) => unless('ENOENT', `unit ${name}`)(host.unit(name, scope)),
    gather: gatherNothing('ENOTOOL'),
  };
}

function refusing(host: Host, code: string): Host {
  const fail = async (name: string): Promise<never> => Promise.reject(new DoorError(code, name));
  return {
    ...host,
    ...{ run: fail, read: fail, readBytes: fail, list: fail, link: fail, stat: fail, plist: fail, gsettings: fail },
    unit: (name, scope) => unless(code, `unit ${name}`)(host.unit(name, scope)),
    gather: gatherNothing(code),
  };
}

function babbling(host: Host): Host {
  const instead = async <T>(answer: Promise<unknown>, garbage: T): Promise<T> => answer.then(() => garbage);
  /** Doors that read a form make this of what has none. */
  const refused = async (answer: Promise<unknown>, name: string): Promise<never> => answer.then(() => Promise.reject(new DoorError('EOUTPUT', name)));
  return {
    ...host,
    run: (program, args, options) => instead(host.run(program, args, options), { stdout: GARBAGE, stderr: '', exit: 0 }),
    read: (path) => instead(host.read(path), GARBAGE),
    readBytes: (path) => instead(host.readBytes(path), Buffer.from(GARBAGE)),
    plist: (path, options) => refused(host.plist(path, options), `plist ${path}`),
    gsettings: (schema, key) => refused(host.gsettings(schema, key), `gsettings ${schema} ${key}`),
    unit: (name, scope) => refused(host.unit(name, scope), `unit ${name}`),
    gather: gatherNothing('EOUTPUT'),
  };
}

export function spoil(host: Host, how: Spoil): Host {
  switch (how) {
    case 'missing':
      return withoutPrograms(host);
    case 'denied':
      return refusing(host, 'EACCES');
    case 'slow':
      return refusing(host, 'ETIMEDOUT');
    case 'garbage':
      return babbling(host);
  }
}
