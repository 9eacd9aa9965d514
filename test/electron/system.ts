/** The system's furniture: tray, menus, notifications, power, screens. Recorded, and operated by the test. */
import { existsSync } from 'node:fs';
import { Emitter, record, strict, strictClass } from './strict.ts';

interface Image {
  readonly path: string;
  isEmpty(): boolean;
}
export const nativeImage = strict('nativeImage', {
  createFromPath: (path: string): Image => ({ path, isEmpty: () => !existsSync(path) }),
});

type Item = Electron.MenuItemConstructorOptions;
interface StandInMenu {
  readonly items: readonly Item[];
}
export const Menu = strict('Menu', {
  buildFromTemplate: (template: readonly Item[]): StandInMenu => strict('Menu#', { items: template }),
  setApplicationMenu: (menu: Electron.Menu | null): void => record('application menu', menu),
});

class StandInTray extends Emitter implements Pick<Electron.Tray, 'setToolTip' | 'getBounds' | 'destroy' | 'isDestroyed'> {
  image: Image;
  tooltip = '';
  menu: StandInMenu = { items: [] };
  destroyed = false;
  constructor(image: Image) {
    super('Tray', ['click']);
    this.image = image;
  }
  setToolTip(text: string): void {
    this.tooltip = text;
  }
  setImage(image: Image): void {
    this.image = image;
  }
  setContextMenu(menu: StandInMenu): void {
    this.menu = menu;
  }
  getBounds(): Electron.Rectangle {
    return { x: 1200, y: 0, width: 24, height: 24 };
  }
  destroy(): void {
    this.destroyed = true;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
}
export const trays: StandInTray[] = [];
export const Tray = strictClass('Tray', StandInTray, (tray) => void trays.push(tray));

export const notifications: Electron.NotificationConstructorOptions[] = [];
class StandInNotification extends Emitter implements Pick<Electron.Notification, 'show'> {
  readonly options: Electron.NotificationConstructorOptions;
  static isSupported(): boolean {
    return true;
  }
  constructor(options: Electron.NotificationConstructorOptions) {
    super('Notification', ['click', 'show', 'close']);
    this.options = options;
  }
  show(): void {
    notifications.push(this.options);
    this.emit('show');
  }
}
export const Notification = strictClass('Notification', StandInNotification);

export const powerMonitor = strict('powerMonitor', new Emitter('powerMonitor', ['resume', 'suspend', 'lock-screen', 'unlock-screen']));

export const shell = strict('shell', {
  openExternal: async (url: string) => record('openExternal', url),
} satisfies Partial<Electron.Shell>);

const display = { workArea: { x: 0, y: 0, width: 1440, height: 900 } } as Electron.Display;
export const screen = strict('screen', { getDisplayMatching: () => display } satisfies Partial<Electron.Screen>);
