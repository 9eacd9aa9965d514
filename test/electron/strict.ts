/** What the stand-in lacks throws by name: a test must never pass because something was undefined. */
import { EventEmitter } from 'node:events';

/** Asked for by the language and the tools, on any object. */
const HARMLESS: ReadonlySet<string> = new Set(['then', 'toJSON', 'constructor', '__esModule', 'domain']);

export function strict<T extends object>(name: string, target: T): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      if (typeof key === 'symbol' || key in object || HARMLESS.has(key)) return Reflect.get(object, key, receiver);
      throw new Error(`electron: ${name}.${key} is not in the stand-in (test/electron)`);
    },
  });
}

/** A class whose objects are strict, and whose statics are. `made` sees each object as the application will. */
export function strictClass<A extends unknown[], T extends object>(
  name: string,
  Class: new (...args: A) => T,
  made: (object: T) => void = () => undefined,
): new (
  ...args: A
) => T {
  return new Proxy(Class, {
    construct(target, args: A) {
      const object = strict(`${name}#`, new target(...args));
      made(object);
      return object;
    },
    get(target, key, receiver) {
      if (typeof key === 'symbol' || key in target) return Reflect.get(target, key, receiver);
      throw new Error(`electron: ${name}.${key} is not in the stand-in (test/electron)`);
    },
  });
}

/** An emitter that can be listened to only for events that the stand-in does emit. */
export class Emitter extends EventEmitter {
  readonly #known: ReadonlySet<string>;
  readonly #owner: string;
  constructor(owner: string, known: readonly string[]) {
    super();
    this.#owner = owner;
    this.#known = new Set(known);
    // Behind the strict proxy `this` is not the object that holds the private fields.
    this.on = this.on.bind(this);
    this.once = this.once.bind(this);
  }
  // biome-ignore lint/suspicious/noExplicitAny: the signature of Node's own EventEmitter
  override on(event: string | symbol, listener: (...args: any[]) => void): this {
    if (typeof event === 'string' && !this.#known.has(event))
      throw new Error(`electron: ${this.#owner} never emits '${event}' in the stand-in (test/electron)`);
    return super.on(event, listener);
  }
}

/** An event as Electron hands it out: preventable. */
export interface Preventable {
  defaultPrevented: boolean;
  preventDefault(): void;
}
export const preventable = <T extends object>(more: T = {} as T): Preventable & T => ({
  ...more,
  defaultPrevented: false,
  preventDefault() {
    this.defaultPrevented = true;
  },
});

/** What the app asked of the system, in order. */
export interface Recorded {
  readonly what: string;
  readonly args: readonly unknown[];
}
export const recorded: Recorded[] = [];
export const record = (what: string, ...args: readonly unknown[]): void => void recorded.push({ what, args });
