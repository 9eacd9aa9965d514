/** Within one refresh the machine is asked each thing once, however many checks want to know it. */
import type { Host } from '../model/index.ts';

/**
 * The host with its doors remembered: equal calls give the same promise, failures too, so that two checks never see two
 * states of one machine. Made for each refresh anew; nothing is kept beyond it. A program that is given another bound is another call.
 */
export function shareCalls(host: Host): Host {
  const asked = new Map<string, Promise<unknown>>();
  function once<T>(call: readonly unknown[], ask: () => Promise<T>): Promise<T> {
    const key = JSON.stringify(call);
    const kept = asked.get(key) ?? ask();
    asked.set(key, kept);
    return kept as Promise<T>;
  }
  return {
    ...host,
    run: (program, args, options) => once(['run', program, args, options?.timeoutMs ?? null], () => host.run(program, args, options)),
    read: (path) => once(['read', path], () => host.read(path)),
    readBytes: (path) => once(['readBytes', path], () => host.readBytes(path)),
    list: (path) => once(['list', path], () => host.list(path)),
    link: (path) => once(['link', path], () => host.link(path)),
    stat: (path) => once(['stat', path], () => host.stat(path)),
    unit: (name, scope = 'system') => once(['unit', name, scope], () => host.unit(name, scope)),
    gsettings: (schema, key) => once(['gsettings', schema, key], () => host.gsettings(schema, key)),
    plist: (path, options) => once(['plist', path, options?.host ?? null], () => host.plist(path, options)),
  };
}
