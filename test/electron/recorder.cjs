/** Loaded into real Electron before the app: a tray cannot be asked what it shows, so what it is told is kept. */
const path = require('node:path');
const { nativeImage, Tray } = require('electron');

const shown = { tooltip: '', image: '', menu: undefined };
globalThis.stanceTray = shown;

const fileOf = new WeakMap();
const createFromPath = nativeImage.createFromPath;
nativeImage.createFromPath = (file) => {
  const image = createFromPath(file);
  fileOf.set(image, image.isEmpty() ? '' : path.basename(file));
  return image;
};

const keep = (method, what) => {
  const original = Tray.prototype[method];
  Tray.prototype[method] = function (value) {
    what(value);
    return original.call(this, value);
  };
};
keep('setToolTip', (text) => (shown.tooltip = text));
keep('setImage', (image) => (shown.image = fileOf.get(image) ?? ''));
keep('setContextMenu', (menu) => (shown.menu = menu));
