import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'

/**
 * Housekeeping on a host: cron and timers that start a backup, an update, a scan or a report; rsync; package managers; ClamAV. Also guards that
 * put addresses on a list: fail2ban, CrowdSec, sshguard.
 * Source: cron(8), anacron(8); rsync(1) and rsyncd.conf(5), log.c; unattended-upgrade and apt.systemd.daily; dnf; clamd.conf(5), clamscan(1);
 * fail2ban actions.py; crowdsec's log; sshguard(8) blocker.c; lfd of csf; mod_evasive20.c; IPBan.
 */
const PROGRAMS =
  /^(?:CRON|cron|crond|anacron|rsyncd?|unattended-upgrade\w{0,4}|apt\S{0,24}|dnf\S{0,24}|yum\S{0,24}|packagekitd?|snapd|clamd|clamscan|freshclam|clamonacc|restic|borg\w{0,12}|iperf\d?|bacula-\w{1,4}|duplicity|rclone|veeam\w{0,16}|systemd|fail2ban\S{0,24}|crowdsec\S{0,24}|sshguard|lfd|mod_evasive|IPBan)$/
/** Jobs that move much or work much; the hourly housekeeping of every host is none. */
const HEAVY =
  /backup|back-up|\bdump|mysqldump|pg_dump|rsync|rclone|\btar\b|sync-|-sync|\bmirror|upload|download|\b(?:update|upgrade|scan|report|export|archive|scrub|batch)\b(?! UTMP| is )|clamscan|chkrootkit|aide\b|rkhunter|updatedb|vacuum|defrag|raid-check|reindex|settlement|备份|更新|扫描|归档|跑批|批处理/i

const JOB: ParsedFields = { 'event.action': 'job-started' }
const ENDED: ParsedFields = { 'event.action': 'job-ended' }
const BAN: ParsedFields = { 'event.action': 'address-banned', 'event.outcome': 'failure' }
const UNBAN: ParsedFields = { 'event.action': 'ban-lifted', 'event.outcome': 'success' }
/** The guard's own file: time, module, process, level, then the jail and what is done. */
const FAIL2BAN = /^fail2ban\.[a-z]{3,16} {1,16}\[[\d*]{1,10}\]: (?<level>[A-Z]{4,8}) {1,5}/

const READINGS: readonly Reading[] = [
  [/^\((?<x_user>[^)]{1,32})\) CMD \(\s{0,4}(?!.{0,40}run-parts)(?<command>.{1,300}?)\)$/, JOB],
  [/^(?:Starting|Started) (?<command>.{3,120}?)\.{0,3}$/, JOB],
  [/^Finished (?<command>.{3,120}?)\.{0,3}$/, ENDED],
  [/^Job `(?<command>[^']{1,80})' terminated/, ENDED],
  [/^Job `(?<command>[^']{1,80})' started|Will run job `/, JOB],
  [
    /building file list|Creating archive at |Accepted connection from \S{1,45}, port|receiving (?:incremental )?file list|sending incremental file list|^rsync (?:to|on) \S{1,255} from/,
    { 'event.action': 'transfer-started' },
  ],
  [
    /^sent (?<x_sent>[\d.,]{1,20}[KMGT]?) bytes {1,3}received (?<x_received>[\d.,]{1,20}[KMGT]?) bytes|total size is/,
    { 'event.action': 'transfer-ended' },
  ],
  [
    /Starting unattended upgrades|Packages that will be upgraded|Downloading packages|Checking if system is up-to-date|Fetching updates/i,
    { ...JOB, 'process.command': 'software update' },
  ],
  [/^(?:All upgrades installed|Packages were successfully auto-removed)|^Scanned directories: \d/i, ENDED],
  [
    /Scanning |SelfCheck: Database status|daily\.c\w{2} updat|scan started|Downloading (?<command>\S{1,60}\.c[vl]d)/i,
    { ...JOB, 'process.command': 'virus scan' },
  ],
  [/\[(?<service>[\w.-]{1,40})\] (?:Restore )?Ban (?<src>[0-9a-fA-F.:]{2,45})/, BAN],
  [/\[(?<service>[\w.-]{1,40})\] Unban (?<src>[0-9a-fA-F.:]{2,45})/, UNBAN],
  // lfd of ConfigServer; mod_evasive's log_reason; IPBan
  [
    /\bIP (?<src>[0-9a-fA-F.:]{2,45}) .{0,160}\*Blocked in csf\*|from (?<x_ip>[\d.]{7,15}) .{0,160}\*Blocked in csf\*/,
    BAN,
  ],
  [/Blacklisting address (?<src>[0-9a-fA-F.:]{2,45}): possible DoS attack/, BAN],
  [/Banning ip address: (?<src>[0-9a-fA-F.:]{2,45}),/, BAN],
  [/Un-?banning ip address (?<src>[0-9a-fA-F.:]{2,45})|: (?<x_src>[0-9a-fA-F.:]{2,45}): unblocking after/, UNBAN],
  // crowdsec's own file names the scenario, the address, then what was decided
  [/ by ip (?<src>[0-9a-fA-F.:]{2,45}) .{0,80}: [\dhms.]{2,16} ban on Ip /, BAN],
  [
    /Blocking "(?<src>[0-9a-fA-F.:]{2,45})(?:\/\d{1,3})?" for|Ip (?<x_ip>[0-9a-fA-F.:]{2,45}) performed '(?<reason>[^']{1,80})'|(?:adding|add) .{0,40}decision.{0,60}(?<x_value>\d{1,3}(?:\.\d{1,3}){3})/,
    BAN,
  ],
]
const read = readingsOf(READINGS)

/** rsync's own log file (`--log-file`, rsyncd): a time, its process, what it does; `<f+++++++++ name` is a file that went over. Source: rsync's log.c. */
const RSYNC =
  /^(?<at>\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) \[(?<pid>\d{1,8})\] (?<text>(?:building file list|(?:receiving|sending) (?:incremental )?file list|rsync (?:to|on) \S|sent [\d.,]{1,20}[KMGT]? bytes |total size is |rsync(?: error)?: |connect from |(?<item>[<>][fdLDS][cstpoguaxn.+?]{5,9} )).{0,600})/
function rsyncLine(text: string) {
  const g = RSYNC.exec(text)?.groups
  const when = g && readTime(g.at as string)
  if (!g || !when) return undefined
  const fields: ParsedFields = fieldsOf(g.text as string) ?? {
    'event.action': g.item === undefined ? 'other' : 'transfer-progress',
  }
  return accept(
    {
      ...fields,
      'event.category': ['host'],
      'process.name': 'rsync',
      'process.pid': Number(g.pid),
      message: (g.text as string).slice(0, 600),
    },
    when.time,
  )
}

export const jobs = defineFormat({
  id: 'jobs',
  title: 'Scheduled jobs, rsync, updates, ClamAV; fail2ban and its like',
  source: 'cron(8), rsync(1), apt.systemd.daily, clamd.conf(5), fail2ban actions.py',
  detect: (text, header) =>
    RSYNC.test(text)
      ? 0.96
      : header.program === undefined
        ? ownFile(text)
          ? 0.97
          : 0
        : PROGRAMS.test(header.program) && fieldsOf(text) !== undefined
          ? 0.96
          : 0,
  parse: (text, header) => {
    const own = rsyncLine(text)
    if (own) return own
    const guard = header.program === undefined ? ownFile(text) : undefined
    if (guard) {
      const told = read(guard.message) ?? { 'event.action': 'other' as const }
      return accept({ ...told, 'event.category': ['host'], 'event.type': ['info'], message: guard.message }, guard.time)
    }
    const fields = header.program !== undefined && PROGRAMS.test(header.program) ? fieldsOf(text) : undefined
    if (!fields) return undefined
    fields['event.category'] = ['host']
    fields['event.type'] = ['info']
    fields.message = text.slice(0, 600)
    return accept(fields)
  },
})

function ownFile(text: string) {
  const when = text.includes('fail2ban.') ? readTime(text, 0) : undefined
  const rest = when ? text.slice(when.end).trimStart() : ''
  const head = FAIL2BAN.exec(rest)
  return when && head ? { time: when.time, message: rest.slice(head[0].length) } : undefined
}

/** @returns undefined for what says nothing of a heavy job or a ban: other formats may know it */
function fieldsOf(text: string): ParsedFields | undefined {
  const fields = read(text)
  const isJob = fields?.['event.action'] === 'job-started' || fields?.['event.action'] === 'job-ended'
  if (isJob && !HEAVY.test(fields['process.command'] ?? text)) return undefined
  return fields
}
