/** A host with somebody standing before each of its doors. */
import { DoorError, type Host } from '../../src/model/index.ts';

/** The host, with `ask` before each door, which may throw there, and `failed` behind it. A call is the door and its arguments in JSON, on Windows the need. */
export function guarded(host: Host, ask: (call: string) => void, failed: (call: string, error: unknown) => void = () => {}): Host {
  const guard =
    <A extends readonly unknown[], T>(name: string, door: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const call = JSON.stringify([name, ...args]);
      ask(call);
      return door(...args).catch((error: unknown) => {
        failed(call, error);
        throw error;
      });
    };
  return {
    ...host,
    run: guard('run', host.run),
    read: guard('read', host.read),
    readBytes: guard('readBytes', host.readBytes),
    list: guard('list', host.list),
    link: guard('link', host.link),
    stat: guard('stat', host.stat),
    unit: guard('unit', host.unit),
    gsettings: guard('gsettings', host.gsettings),
    plist: guard('plist', host.plist),
    async gather(needs) {
      const got = await host.gather(needs);
      return (need) => {
        const call = JSON.stringify(need);
        ask(call);
        try {
          return got(need);
        } catch (error) {
          failed(call, error);
          throw error;
        }
      };
    },
  };
}
export const isUnrecorded = (error: unknown): boolean => error instanceof DoorError && error.code === 'ENOTRECORDED';
