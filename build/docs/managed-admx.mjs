/**
 * Administrative templates for Windows: a policy for each member, with texts for each language. Group Policy ADMX Syntax Reference
 * Guide (Microsoft). **Not yet opened in an editor on Windows.**
 */
import { MANAGED_PLACES } from '../../src/model/managed.ts';
import { DECLARATION, xml } from './xml.mjs';

const NAMESPACE = 'xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"';
const KEY = MANAGED_PLACES.win32.replace(/^HKLM\\/, '');
const VERSIONS = 'revision="1.0" schemaVersion="1.0"';
const CATEGORY = 'stance_category';
const SUPPORTED = 'stance_supported';

/** What is entered for a policy that is switched on. A switch has nothing but on and off. */
function elementsOf({ name, type, minimum, maximum, maxLength = 200 }) {
  if (type === 'boolean') return ['<enabledValue><decimal value="1"/></enabledValue>', '<disabledValue><decimal value="0"/></disabledValue>'];
  const element =
    type === 'integer'
      ? `<decimal id="${name}" valueName="${name}" required="true" minValue="${minimum}" maxValue="${maximum}"/>`
      : `<text id="${name}" valueName="${name}" required="true" maxLength="${maxLength}"/>`;
  return ['<elements>', `  ${element}`, '</elements>'];
}

function policyOf(member) {
  const { name, type } = member;
  const value = type === 'boolean' ? ` valueName="${name}"` : ` presentation="$(presentation.${name})"`;
  return [
    `    <policy name="${name}" class="Machine" displayName="$(string.${name})" explainText="$(string.${name}_explain)" key="${KEY}"${value}>`,
    `      <parentCategory ref="${CATEGORY}"/>`,
    `      <supportedOn ref="${SUPPORTED}"/>`,
    ...elementsOf(member).map((line) => `      ${line}`),
    '    </policy>',
  ];
}

/** `stance.admx`. */
export const policyDefinitions = (members) =>
  [
    DECLARATION,
    `<policyDefinitions ${VERSIONS} ${NAMESPACE}>`,
    '  <policyNamespaces>',
    '    <target prefix="stance" namespace="Stance.Policies.Stance"/>',
    '  </policyNamespaces>',
    '  <resources minRequiredRevision="1.0"/>',
    '  <supportedOn>',
    '    <definitions>',
    `      <definition name="${SUPPORTED}" displayName="$(string.${SUPPORTED})"/>`,
    '    </definitions>',
    '  </supportedOn>',
    '  <categories>',
    `    <category name="${CATEGORY}" displayName="$(string.${CATEGORY})"/>`,
    '  </categories>',
    '  <policies>',
    ...members.flatMap(policyOf),
    '  </policies>',
    '</policyDefinitions>',
    '',
  ].join('\n');

function presentationOf({ name, type, examples }, texts) {
  if (type === 'boolean') return [];
  const label = xml(texts.members[name]?.title);
  const field =
    type === 'integer'
      ? `<decimalTextBox refId="${name}" defaultValue="${examples[0]}" spin="false">${label}</decimalTextBox>`
      : `<textBox refId="${name}"><label>${label}</label></textBox>`;
  return [`      <presentation id="${name}">${field}</presentation>`];
}

/** `LANGUAGE/stance.adml`. */
export const policyTexts = (members, texts) => {
  const strings = [
    [SUPPORTED, texts.supported],
    [CATEGORY, texts.product],
    ...members.flatMap(({ name }) => [
      [name, texts.members[name]?.title],
      [`${name}_explain`, texts.members[name]?.description],
    ]),
  ];
  return [
    DECLARATION,
    `<policyDefinitionResources ${VERSIONS} ${NAMESPACE}>`,
    `  <displayName>${texts.product}</displayName>`,
    `  <description>${texts.product}</description>`,
    '  <resources>',
    '    <stringTable>',
    ...strings.map(([id, text]) => `      <string id="${id}">${xml(text)}</string>`),
    '    </stringTable>',
    '    <presentationTable>',
    ...members.flatMap((member) => presentationOf(member, texts)),
    '    </presentationTable>',
    '  </resources>',
    '</policyDefinitionResources>',
    '',
  ].join('\n');
};
