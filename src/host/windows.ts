/**
 * The doors of Windows: everything that all checks need, in one PowerShell. **Not yet run on a real machine.**
 * Language-free channels only: numbers, registry values, property names. Each probe stands in its own try.
 */
import { type CimRow, DoorError, type Got, type JsonValue, type Need, type NeedResults, type RunResult } from '../model/index.ts';

/** A PowerShell single-quoted string: nothing is expanded in it. Typographic quotes close one too, so they are doubled as well. */
export const quote = (text: string): string => `'${text.replace(/['\u2018\u2019\u201A\u201B]/g, '$&$&')}'`;

const DATES = "if($v -is [datetime]){$v.ToUniversalTime().ToString('o')}else{$v}";
/** Properties of an object as a plain table, dates as ISO 8601: `ConvertTo-Json` would print them by the PowerShell version. */
const ROW = `function Row($o){$r=@{};foreach($p in $o.PSObject.Properties){if($p.Name -notlike 'Cim*' -and $p.Name -notlike 'PS*'){$v=$p.Value;$r[$p.Name]=${DATES}}};$r}`;

function probe(need: Need): string {
  switch (need.door) {
    case 'registry': {
      const path = quote(`Registry::${need.key.replace(/^HKLM\\/i, 'HKEY_LOCAL_MACHINE\\').replace(/^HKCU\\/i, 'HKEY_CURRENT_USER\\')}`);
      return `$k=Get-Item -LiteralPath ${path} -ErrorAction Stop;$v=@{};foreach($n in $k.GetValueNames()){$x=$k.GetValue($n);if($x -is [int]){$x=[uint32]('0x{0:x8}' -f $x)};$v[$n]=$x};@{values=$v;keys=@($k.GetSubKeyNames())}`;
    }
    case 'cim': {
      const filter = need.where === undefined ? '' : ` -Filter ${quote(need.where)}`;
      const source = `Get-CimInstance -Namespace ${quote(need.namespace)} -ClassName ${quote(need.className)}${filter} -ErrorAction Stop`;
      if (need.store !== undefined) return `@(Get-NetFirewallProfile -PolicyStore ${quote(need.store)} -ErrorAction Stop|ForEach-Object{Row $_})`;
      if (need.method === undefined) return `@(${source}|ForEach-Object{Row $_})`;
      return `@(${source}|ForEach-Object{$r=Row $_;foreach($p in (Invoke-CimMethod -InputObject $_ -MethodName ${quote(need.method)} -ErrorAction Stop).PSObject.Properties){$r[$p.Name]=$p.Value};$r})`;
    }
    case 'shellProperty':
      return `(New-Object -ComObject Shell.Application).NameSpace(${quote(need.path)}).Self.ExtendedProperty(${quote(need.property)})`;
    case 'service':
      return `$s=Get-CimInstance Win32_Service -Filter ${quote(`Name='${need.name.replaceAll("'", '')}'`)} -ErrorAction Stop;if($null -eq $s){throw [System.Management.Automation.ItemNotFoundException]::new()};@{state=$s.State;start=$s.StartMode}`;
    case 'com':
      return `$c=New-Object -ComObject ${quote(need.name)};if($c.Settings){Row $c.Settings}else{Row $c}`;
    case 'languageMode':
      return '[string]$ExecutionContext.SessionState.LanguageMode';
  }
}

/** The script: an object of answers by index, `{v: value}` or `{e: error id}`. */
export function buildScript(needs: readonly Need[]): string {
  const probes = needs.map(
    (need, index) => `try{$o['${index}']=@{v=(& {${probe(need)}})}}catch{$o['${index}']=@{e=[string]$_.FullyQualifiedErrorId;h=[string]$_.Exception.HResult}}`,
  );
  return [
    '[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false)',
    "$ProgressPreference='SilentlyContinue'",
    ROW,
    '$o=@{}',
    ...probes,
    'ConvertTo-Json -InputObject $o -Depth 6 -Compress',
  ].join('\n');
}

/** What a PowerShell error means: by HRESULT and error id, never by its localised message. */
function codeOf(id: string, hresult: string): string {
  if (/UnauthorizedAccess|PermissionDenied|AccessDenied|2147942405|80041003|0x80070005/i.test(id) || ['-2147024891', '-2147217405'].includes(hresult))
    return 'EACCES';
  if (
    /PathNotFound|ItemNotFound|0x8004100[0e2]|0x80041010|InvalidNamespace|ObjectNotFound/i.test(id) ||
    ['-2147217394', '-2147217392', '-2147024894'].includes(hresult)
  )
    return 'ENOENT';
  // Constrained language mode refuses COM objects and .NET calls.
  if (/CannotCreateTypeConstrainedLanguage|MethodInvocationNotSupportedInConstrainedLanguage/i.test(id)) return 'ENOTSUP';
  return 'EIO';
}

const nameOf = (need: Need): string => `${need.door} ${Object.values(need).slice(1).join(' ')}`.trim();
/** PowerShell 5.1 turns a list of one into the one. */
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]);

const SERVICE_STATES: Readonly<Record<string, NeedResults['service']['state']>> = { running: 'running', stopped: 'stopped', paused: 'paused' };
const SERVICE_STARTS: Readonly<Record<string, NeedResults['service']['start']>> = {
  boot: 'boot',
  system: 'system',
  auto: 'auto',
  manual: 'manual',
  disabled: 'disabled',
};

function shape(need: Need, value: unknown): NeedResults[Need['door']] {
  switch (need.door) {
    case 'registry': {
      const key = (value ?? {}) as { values?: Record<string, JsonValue>; keys?: unknown };
      return { values: key.values ?? {}, keys: listOf(key.keys).map(String) };
    }
    case 'cim':
      return listOf(value).map((row) => (row ?? {}) as CimRow);
    case 'service': {
      const { state, start } = (value ?? {}) as { state?: string; start?: string };
      return { state: SERVICE_STATES[state?.toLowerCase() ?? ''] ?? 'pending', start: SERVICE_STARTS[start?.toLowerCase() ?? ''] ?? 'manual' };
    }
    case 'languageMode':
      return String(value);
    case 'shellProperty':
    case 'com':
      return value as JsonValue;
  }
}

/** Reads the script's answer. A need without a usable answer throws its `DoorError` when it is asked for. */
export function parseAnswer(needs: readonly Need[], stdout: string): Got {
  let answers: Record<string, { v?: unknown; e?: string; h?: string }> | undefined;
  try {
    const parsed: unknown = JSON.parse(stdout.replace(/^\uFEFF/, ''));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) answers = parsed as NonNullable<typeof answers>;
  } catch {
    answers = undefined;
  }
  const places = new Map(needs.map((need, index) => [JSON.stringify(need), index]));
  return (need) => {
    const index = places.get(JSON.stringify(need));
    const answer = index === undefined ? undefined : answers?.[String(index)];
    if (typeof answer !== 'object' || answer === null) throw new DoorError('EOUTPUT', nameOf(need));
    if (answer.e !== undefined) throw new DoorError(codeOf(answer.e, answer.h ?? ''), nameOf(need));
    return shape(need, answer.v) as never;
  };
}

/** All needs in one process; a PowerShell that fails as a whole fails each need. */
export async function gatherOnWindows(run: (program: string, args: readonly string[]) => Promise<RunResult>, needs: readonly Need[]): Promise<Got> {
  if (needs.length === 0) return parseAnswer(needs, '{}');
  try {
    const { stdout } = await run('powershell', ['-NoProfile', '-NonInteractive', '-Command', buildScript(needs)]);
    return parseAnswer(needs, stdout);
  } catch (error) {
    if (!(error instanceof DoorError)) throw error;
    return (need) => {
      throw new DoorError(error.code, nameOf(need), { cause: error });
    };
  }
}
