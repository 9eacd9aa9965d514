/**
 * The one PowerShell script of a refresh on Windows. **Not yet run on a real machine.**
 * Cmdlets and property access only, no methods and no .NET types, so that it works in constrained language mode too; each probe
 * stands in its own `try`, and its answer is printed as soon as it is there, so that one that hangs takes nobody else's with it.
 */
import { DoorError, type Need } from '../model/index.ts';

/** A PowerShell single-quoted string: nothing is expanded in it. Typographic quotes close one too, so they are doubled as well. */
export const quote = (text: string): string => `'${text.replace(/['\u2018\u2019\u201A\u201B]/g, '$&$&')}'`;

/** Seconds that one query of CIM may take. */
const CIM_TIMEOUT_S = 8;
/** What PowerShell itself adds to the values of a key. */
const ADDED = ['PSPath', 'PSParentPath', 'PSChildName', 'PSDrive', 'PSProvider'];

/**
 * `P`: runs a probe, and prints `{i, v}` or `{i, e, h}` on one line. `Reg`: values and keys. `Val`: the values named, as far as they are there,
 * and no others are read. `Svc`: all services, drivers too, are asked for once.
 * A registry key that is there and empty has no properties at all, which `Get-ItemProperty` answers with nothing.
 */
const FUNCTIONS = `
function P($i,$b){try{$a=@{i=$i;v=(& $b)}}catch{$a=@{i=$i;e=[string]$_.FullyQualifiedErrorId;h=$_.Exception.HResult}};ConvertTo-Json -InputObject $a -Depth 6 -Compress}
function Reg($k){$n=Get-Item -LiteralPath $k -ErrorAction Stop;@{values=(Get-ItemProperty -LiteralPath $k -ErrorAction Stop|Select-Object -Property * -ExcludeProperty ${ADDED.join(',')});keys=@(Get-ChildItem -LiteralPath $k -Name -ErrorAction Stop)}}
function Val($k,$o){$null=Get-Item -LiteralPath $k -ErrorAction Stop;@{values=(Get-ItemProperty -LiteralPath $k -Name $o -ErrorAction SilentlyContinue|Select-Object -Property * -ExcludeProperty ${ADDED.join(',')});keys=@()}}
function Kids($k){$r=@{};foreach($n in @(Get-ChildItem -LiteralPath $k -Name -ErrorAction Stop)){try{$r[$n]=Reg "$k\\$n"}catch{$r[$n]=@{e=[string]$_.FullyQualifiedErrorId;h=$_.Exception.HResult}}};$r}
function Rows($x){@($x|Select-Object -Property * -ExcludeProperty Cim*,PSComputerName,PSShowComputerName)}
function Cim($n,$c,$f){$a=@{Namespace=$n;ClassName=$c;ErrorAction='Stop';OperationTimeoutSec=${CIM_TIMEOUT_S}};if($f){$a.Filter=$f};@(Get-CimInstance @a)}
function Call($n,$c,$f,$m){@(foreach($o in (Cim $n $c $f)){$r=Invoke-CimMethod -InputObject $o -MethodName $m -ErrorAction Stop;@{row=@(Rows $o)[0];out=@(Rows $r)[0]}})}
function Svc($n){if($null -eq $script:all){$script:all=@(Cim 'root/cimv2' 'Win32_BaseService' $null|Select-Object Name,State,StartMode)};$s=@($script:all|Where-Object{$_.Name -eq $n});if($s.Count -eq 0){Write-Error -Message absent -ErrorId ItemNotFound -ErrorAction Stop};@{state=$s[0].State;start=$s[0].StartMode}}
`.trim();

/** Every COM object that may be asked, and what is asked of it. Names of `com` needs are these and no others. */
const COM: Readonly<Record<string, string>> = {
  'Microsoft.Update.AutoUpdate':
    '$c=New-Object -ComObject Microsoft.Update.AutoUpdate;@{NotificationLevel=$c.Settings.NotificationLevel;ServiceEnabled=$c.ServiceEnabled}',
  'Microsoft.Update.SystemInfo': '@{RebootRequired=(New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired}',
  'Microsoft.Update.Session':
    "$r=(New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher().Search('IsInstalled=0 and IsHidden=0 and Type=''Software''');" +
    '@{updates=@(foreach($u in $r.Updates){@{title=$u.Title;severity=$u.MsrcSeverity;categories=@(foreach($c in $u.Categories){$c.CategoryID});date=$u.LastDeploymentChangeTime}})}',
};

const HIVES: Readonly<Record<string, string>> = { HKLM: 'HKEY_LOCAL_MACHINE', HKCU: 'HKEY_CURRENT_USER', HKU: 'HKEY_USERS' };
const keyPath = (key: string): string => quote(`Registry::${key.replace(/^(HKLM|HKCU|HKU)(?=\\)/i, (hive) => HIVES[hive.toUpperCase()] ?? hive)}`);

/** The body of a need's probe. @throws DoorError EINVAL for a need that no PowerShell is asked for */
function probe(need: Need): string {
  switch (need.door) {
    case 'registry':
      return need.names === undefined ? `Reg ${keyPath(need.key)}` : `Val ${keyPath(need.key)} @(${need.names.map(quote).join(',')})`;
    case 'registryChildren':
      return `Kids ${keyPath(need.key)}`;
    case 'cim': {
      const [namespace, name, filter] = [quote(need.namespace), quote(need.className), need.where === undefined ? '$null' : quote(need.where)];
      // The stores of the firewall are reached through its own cmdlet only: a plain query shows what is set, not what is in force.
      if (need.store !== undefined) return `Rows (Get-NetFirewallProfile -PolicyStore ${quote(need.store)} -ErrorAction Stop)`;
      if (need.method !== undefined) return `Call ${namespace} ${name} ${filter} ${quote(need.method)}`;
      return `Rows (Cim ${namespace} ${name} ${filter})`;
    }
    case 'shellProperty':
      return `(New-Object -ComObject Shell.Application).NameSpace(${quote(need.path)}).Self.ExtendedProperty(${quote(need.property)})`;
    case 'service':
      return `Svc ${quote(need.name)}`;
    case 'com': {
      const script = COM[need.name];
      if (script === undefined) throw new DoorError('EINVAL', `com ${need.name}`);
      return script;
    }
    case 'languageMode':
      return '[string]$ExecutionContext.SessionState.LanguageMode';
    case 'stat':
      throw new DoorError('EINVAL', `stat ${need.path}`);
  }
}

/** What may hang stands behind what cannot, so that it takes nobody's answer with it when the time is up. CIM has a bound of its own. */
const ORDER: Readonly<Record<Need['door'], number>> = {
  languageMode: 0,
  registry: 1,
  registryChildren: 1,
  stat: 1,
  service: 2,
  cim: 3,
  shellProperty: 4,
  com: 5,
};

/** The script for these needs; answers carry their places in the list. Windows takes a command line of at most 32,767 characters. */
export function buildScript(needs: readonly Need[]): string {
  return [
    // Refused in constrained language mode; what is read then in another code page is names, and no verdict hangs on one.
    'try{[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false)}catch{}',
    "$ProgressPreference='SilentlyContinue'",
    FUNCTIONS,
    ...[...needs.entries()].sort(([, a], [, b]) => ORDER[a.door] - ORDER[b.door]).map(([index, need]) => `P ${index} {${probe(need)}}`),
  ].join('\n');
}
