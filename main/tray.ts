/** The icon in the tray. Its state is told by shape first, then by colour, and in words by the tooltip. */
import path from 'node:path';
import { Menu, nativeImage, Tray } from 'electron';
import type { TrayState } from '../src/model/index.ts';
import { type Standing, summarise } from '../src/model/standing.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly checkAgain: () => void;
  readonly quit: () => void;
}

export interface TrayIcon {
  readonly show: (state: TrayState) => void;
  /** Where the icon is, for the window to open beside it. Empty on systems that do not tell. */
  readonly bounds: () => Electron.Rectangle;
  readonly remove: () => void;
}

export function createTray(icons: string, state: TrayState, actions: TrayActions): TrayIcon {
  const tray = new Tray(imageOf(icons, summarise(state).standing));
  // Not every system sends clicks (Linux mostly does not): everything is in the menu as well.
  tray.on('click', actions.open);

  const show = (next: TrayState): void => {
    const { standing, headline } = summarise(next);
    tray.setImage(imageOf(icons, standing));
    tray.setToolTip(`Stance: ${headline}`);
    // Linux keeps showing the old menu unless it is set anew after each change.
    tray.setContextMenu(menuOf(headline, next, actions));
  };
  show(state);
  return { show, bounds: () => tray.getBounds(), remove: () => tray.destroy() };
}

function menuOf(headline: string, { checking, managed }: TrayState, actions: TrayActions): Menu {
  return Menu.buildFromTemplate([
    { label: headline, enabled: false },
    { type: 'separator' },
    { label: 'Open', click: actions.open },
    { label: checking ? 'Checking…' : 'Check again', enabled: !checking, click: actions.checkAgain },
    { type: 'separator' },
    ...(managed === null ? [] : [{ label: 'Managed by your organisation', enabled: false }]),
    { label: 'Quit', enabled: managed?.may.quit !== false, click: actions.quit },
  ]);
}

/** macOS draws a template image in the colour of its menu bar; `@2x` beside it is found by name. */
function imageOf(icons: string, standing: Standing): Electron.NativeImage {
  const name = process.platform === 'darwin' ? `${standing}Template.png` : `${standing}.png`;
  return nativeImage.createFromPath(path.join(icons, name));
}
