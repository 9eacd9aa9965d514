/** The module that the app gets for `electron`. What is not here throws by name. */
import type * as Electron from 'electron';
import { app, ipcMain } from './app.ts';
import { listenToTest } from './control.ts';
import { protocol, session } from './schemes.ts';
import { strict } from './strict.ts';
import { Menu, Notification, nativeImage, powerMonitor, screen, shell, Tray } from './system.ts';
import { BrowserWindow } from './window.ts';

const electron = strict('electron', {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  nativeImage,
  Notification,
  powerMonitor,
  protocol,
  screen,
  session,
  shell,
  Tray,
  // Each member is typed against Electron's own types where it is written; the names are checked here.
} satisfies Partial<Record<keyof typeof Electron, unknown>>);

listenToTest();

// What `require('electron')` answers with.
export { electron as 'module.exports' };
