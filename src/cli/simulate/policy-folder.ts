/** The policies of the simulated organisation, as files to try others on: its directory, a baseline, and the templates that come with Stance. */
import { stringify } from 'yaml';
import { assetsIn, readAsset } from '../../service/assets.ts';
import type { PolicyFile } from '../policy-files.ts';
import type { Organisation } from './organisation.ts';
import { APPS, NETWORKS } from './people.ts';

/** Templates that are in force there; the others report only, as they come. */
const ENFORCED = ['break-glass', 'compliant-device', 'confidential-data-encrypted', 'risk', 'terms-of-use-for-guests'];

/** For editors that look for the schema in the repository. */
const SCHEMA_LINE = /^# yaml-language-server: .*\n/;

function directory({ people, seed }: Organisation): string {
  const document = {
    kind: 'directory',
    users: people.map(({ id, groups }) => ({ id, groups })),
    resources: APPS.map(({ id, sensitivity }) => ({ type: 'app', id, protected: sensitivity !== 'public', properties: { sensitivity } })),
    locations: NETWORKS.flatMap(({ name, range, known }) => (known ? [{ name, ranges: [range] }] : [])),
  };
  return `# Made up by \`stance simulate --seed ${seed}\`: nobody here is a real person.\n${stringify(document, { flowCollectionPadding: true })}`;
}

export function policiesOf(organisation: Organisation): PolicyFile[] {
  const templates = assetsIn('policy/templates').map((asset) => {
    const name = asset.slice(asset.lastIndexOf('/') + 1);
    const text = readAsset(asset).replace(SCHEMA_LINE, '');
    return { name, text: ENFORCED.includes(name.replace(/\.yaml$/, '')) ? text.replaceAll('state: report-only', 'state: enforced') : text };
  });
  return [
    { name: 'baseline.yaml', text: readAsset('cli/simulate/policies/baseline.yaml') },
    { name: 'directory.yaml', text: directory(organisation) },
    ...templates,
  ];
}
