/** Everything that is made from the schema of managed configuration: the page for IT, and a template for each system. */
import { ManagedConfiguration } from '../../src/model/managed.ts';
import { policyDefinitions, policyTexts } from './managed-admx.mjs';
import { GERMAN } from './managed-german.mjs';
import { managedPage } from './managed-page.mjs';
import { configurationProfile } from './managed-profile.mjs';

/** Name, what to call it, what it does, and its JSON Schema. */
const MEMBERS = Object.entries(ManagedConfiguration.properties).map(([name, schema]) => ({ name, ...schema }));
const exampleOf = (name) => ManagedConfiguration.properties[name].examples[0];

/** What most fleets set. Windows has all of it in its editor. */
const LINUX = { server: exampleOf('server'), enrollmentTokenFile: exampleOf('enrollmentTokenFile') };
const MAC = { server: exampleOf('server'), enrollmentToken: exampleOf('enrollmentToken'), userMayQuit: false };

const ENGLISH = {
  language: 'en-US',
  product: 'Stance',
  supported: 'Every version of Stance',
  members: Object.fromEntries(MEMBERS.map(({ name, title, description }) => [name, { title, description }])),
};

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/**
 * File names, relative to the repository, with their text.
 * @returns {Readonly<Record<string, string>>}
 */
export const managedDocuments = () => ({
  'docs/managed-configuration.md': managedPage(MEMBERS),
  'docs/schema/managed-configuration.schema.json': json({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...ManagedConfiguration }),
  'build/mdm/linux/example.json': json(LINUX),
  'build/mdm/macos/stance.mobileconfig': configurationProfile(MAC),
  'build/mdm/windows/stance.admx': policyDefinitions(MEMBERS),
  'build/mdm/windows/en-US/stance.adml': policyTexts(MEMBERS, ENGLISH),
  'build/mdm/windows/de-DE/stance.adml': policyTexts(MEMBERS, GERMAN),
});
