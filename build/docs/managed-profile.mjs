/** A configuration profile for macOS with the managed preferences of Stance, and nothing else. */
import { createHash } from 'node:crypto';
import { MANAGED_DOMAIN } from '../../src/model/managed.ts';
import { DECLARATION, xml } from './xml.mjs';

/** A UUID that is the same each time: a changing one would be another file with each run. RFC 9562 section 5.8. */
function uuidOf(name) {
  const bytes = createHash('sha256').update(`${MANAGED_DOMAIN}/${name}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes
    .toString('hex')
    .toUpperCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Lines of a property list, indented by two spaces a level. */
function plist(value, indent = '') {
  if (typeof value === 'boolean') return [`${indent}<${value}/>`];
  if (typeof value === 'number') return [`${indent}<integer>${value}</integer>`];
  if (typeof value === 'string') return [`${indent}<string>${xml(value)}</string>`];
  if (Array.isArray(value)) return [`${indent}<array>`, ...value.flatMap((item) => plist(item, `${indent}  `)), `${indent}</array>`];
  const members = Object.entries(value).flatMap(([name, member]) => [`${indent}  <key>${xml(name)}</key>`, ...plist(member, `${indent}  `)]);
  return [`${indent}<dict>`, ...members, `${indent}</dict>`];
}

/**
 * Payload: Apple Device Management, ManagedPreferences (`Forced`). Login items and notifications have payloads of their own, which name
 * the team that signed the app: there is no signed app yet.
 */
export function configurationProfile(settings) {
  const profile = {
    PayloadContent: [
      {
        PayloadContent: { [MANAGED_DOMAIN]: { Forced: [{ mcx_preference_settings: settings }] } },
        PayloadDisplayName: 'Stance',
        PayloadIdentifier: `${MANAGED_DOMAIN}.managed.preferences`,
        PayloadType: 'com.apple.ManagedClient.preferences',
        PayloadUUID: uuidOf('preferences'),
        PayloadVersion: 1,
      },
    ],
    PayloadDescription: 'What your organisation sets for Stance.',
    PayloadDisplayName: 'Stance',
    PayloadIdentifier: `${MANAGED_DOMAIN}.managed`,
    PayloadScope: 'System',
    PayloadType: 'Configuration',
    PayloadUUID: uuidOf('profile'),
    PayloadVersion: 1,
  };
  return [
    DECLARATION,
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<!-- A template: put your values in. Everything that can be set: docs/managed-configuration.md. -->',
    '<plist version="1.0">',
    ...plist(profile),
    '</plist>',
    '',
  ].join('\n');
}
