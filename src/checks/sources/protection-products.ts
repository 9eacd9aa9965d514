/** Programs that protect from malware, by what shows on each system that they run. An install folder shows nothing. */

export interface ProtectionProduct {
  /** Stable; baselines name products by it. */
  readonly id: string;
  readonly name: string;
  /** Watches and answers attacks (EDR), and stops malware by itself: it is a protection without signatures of its own to age. */
  readonly prevents: boolean;
  /** systemd units, one of which runs. */
  readonly linux?: readonly string[];
  /** A Windows service. */
  readonly win32?: string;
  /** How the bundle id of its macOS system extension begins. */
  readonly darwin?: string;
}

export const PRODUCT_IDS = [
  ...(['crowdstrike-falcon', 'sentinelone', 'microsoft-defender-endpoint', 'carbon-black', 'cortex-xdr', 'sophos'] as const),
  ...(['trend-micro', 'trellix', 'eset', 'wazuh', 'elastic'] as const),
] as const;

export const EDR_PRODUCTS: readonly (ProtectionProduct & { readonly id: (typeof PRODUCT_IDS)[number] })[] = [
  {
    ...{ id: 'crowdstrike-falcon', name: 'CrowdStrike Falcon', prevents: true },
    ...{ linux: ['falcon-sensor.service'], win32: 'CSFalconService', darwin: 'com.crowdstrike.falcon.' },
  },
  { id: 'sentinelone', name: 'SentinelOne', prevents: true, linux: ['sentinelone.service'], win32: 'SentinelAgent', darwin: 'com.sentinelone.' },
  // Its sensor watches; stopping malware is the part of Defender that `malware.protection` reads by itself.
  {
    ...{ id: 'microsoft-defender-endpoint', name: 'Microsoft Defender for Endpoint', prevents: false },
    ...{ linux: ['mdatp.service'], win32: 'Sense', darwin: 'com.microsoft.wdav.epsext' },
  },
  {
    ...{ id: 'carbon-black', name: 'Carbon Black', prevents: true },
    ...{ linux: ['cbagentd.service', 'cbdaemon.service'], win32: 'CbDefense', darwin: 'com.vmware.carbonblack.' },
  },
  { id: 'cortex-xdr', name: 'Cortex XDR', prevents: true, linux: ['traps_pmd.service'], win32: 'cyserver', darwin: 'com.paloaltonetworks.traps.' },
  { id: 'sophos', name: 'Sophos', prevents: true, linux: ['sophos-spl.service'], win32: 'Sophos MCS Agent', darwin: 'com.sophos.endpoint.' },
  { id: 'trend-micro', name: 'Trend Micro', prevents: true, linux: ['ds_agent.service'], win32: 'ds_agent', darwin: 'com.trendmicro.' },
  { id: 'trellix', name: 'Trellix', prevents: false, linux: ['xagt.service'], win32: 'xagt' },
  { id: 'eset', name: 'ESET', prevents: true, linux: ['eea.service', 'esets.service'], win32: 'ekrn', darwin: 'com.eset.' },
  // Watch files and logs, and stop nothing.
  { id: 'wazuh', name: 'Wazuh', prevents: false, linux: ['wazuh-agent.service'], win32: 'WazuhSvc' },
  { id: 'elastic', name: 'Elastic', prevents: false, linux: ['elastic-agent.service'], win32: 'Elastic Agent', darwin: 'co.elastic.' },
];
