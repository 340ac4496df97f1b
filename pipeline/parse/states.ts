import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { COMMON_STATES } from './common-states.js'
import { gated } from './gate.js'
import { NETWORK_STATES } from './network-states.js'

/**
 * What a program or a machine says of its own state: nothing free in a pool, no memory, a disk that fails, a card that hangs. Every software has
 * words of its own for these few states, so they are read from any record, whatever format it is in, where that format knew no better.
 * Sources: the programs' messages (HikariPool, DBCP, c3p0, UCP, Druid, SQLAlchemy, SqlClient; Tomcat, WebLogic, WebSphere, uWSGI, Puma, Kestrel,
 * Vert.x; V8, the JVM; systemd; Linux drivers; ORA-, SQL Server and InnoDB messages; Patroni, Pacemaker, Corosync; switches of several makers).
 */
export type State = {
  readonly pattern: RegExp
  readonly action: Action
  /** Closed words, for rules. */
  readonly reason: string
  /** Also where the format took the record for the end of a request: these words name its cause. */
  readonly isDecisive?: true
  /** Words of the same state's end, or of one that is only feared. */
  readonly unless?: RegExp
}

/** Reasons that rules ask for; those of the network stand with its states. */
export const NO_CONNECTION_FREE = 'no connection is free'
export const NO_WORKER_FREE = 'no worker is free'
export const BAD_CHECKSUM = 'packets have a bad checksum'
const SETTINGS_WRONG = 'its settings keep it from running'

const STATES: readonly State[] = [
  {
    pattern:
      /checkout a Connection has timed out|PoolExhausted|Pool empty\. Unable to fetch|GetConnectionTimeoutException|connections? in the (?:\w{1,16} )?(?:connection )?pool (?:is|are) in use|all (?:pooled )?connections (?:were|are) in use|connection pool (?:is |was )?(?:exhausted|full|empty|depleted)(?!, discarding)|(?:No resources currently available|no (?:free|available|idle) (?:db |database )?connections?(?: left)?) in (?:the )?(?:connection )?pool|max(?:imum)? pool size (?:was |has been |is )?reached|QueuePool limit|ORA-(?:00018|00020|12516|12519|12520)\b|(?:sorry, )?too many clients already|remaining connection slots|(?:ERROR|FATAL|1040)[^\n]{0,40}Too many connections|数据库连接(?:数)?(?:已)?(?:耗尽|用尽|已满)|已经有太多的客户|尚未从池中获取连接|从(?:连接)?池中?获取连接超时|连接池(?:已)?(?:满|耗尽|用尽|为空)|达到了?最大(?:连接|池)(?:数|大小)/i,
    action: 'overload',
    reason: NO_CONNECTION_FREE,
    isDecisive: true,
  },
  {
    pattern:
      /thread ?pool starvation|All threads \(\d{1,6}\) are currently busy|Maximum number of threads \(\d{1,6}\) created|RejectedExecutionException|WSVR0605W|\[STUCK\] ExecuteThread|BEA-00033[27]|Terminating timed out worker|WORKER TIMEOUT \(pid:|reached Max(?:RequestWorkers|Clients) setting|listen queue of socket [^\n]{1,120} full|(?:has been|was) blocked for \d{4,8} ms|picked up by a worker thread in the last|no (?:free|idle|available) (?:worker|thread)s?\b|(?:all|every) (?:worker|thread|process)(?:e?s)? (?:is|are|was|were) busy|(?:worker|thread) ?pool (?:is |was )?(?:exhausted|saturated|full)|(?:request|work|task|job|accept) queue (?:is |was )?(?:full|overflow\w{0,3})|Thread pool is EXHAUSTED|线程池(?:已)?(?:满|耗尽|用尽)|工作(?:线程|进程)(?:已)?(?:全忙|全部忙|耗尽)/i,
    action: 'overload',
    reason: NO_WORKER_FREE,
    isDecisive: true,
  },
  {
    pattern:
      /event[ -]?loop (?:lag|delay|latency|block\w{0,3})[^\n\d]{0,24}\d{4,8}(?:\.\d{1,6})? ?ms|event[ -]?loop (?:lag|delay|latency|block\w{0,3})[^\n\d]{0,24}\d{1,4}(?:\.\d{1,6})? ?s(?:ec|\b)|\b(?:timers?|ticks?|heartbeat|scheduler|watchdog) (?:\w{1,12} ){0,2}(?:late|lagg\w{1,3}|delayed|behind|drifted)\b[^\n\d]{0,16}\d{4,8}(?:\.\d{1,6})? ?ms|Thread starvation or clock leap detected|\b(?:VM|guest|virtual machine|instance) (?:was |has been |is )?(?:paused|suspended|frozen|stunned)\b/i,
    action: 'process-paused',
    reason: 'the whole program stood still',
  },
  {
    pattern:
      /\[gc\]\[[^\n]{1,80}duration \[(?:\d{1,3}\.\d{1,3}|[1-9]\d{0,2})(?:s|m)\]|\[gc\]\[[^\n]{1,80}overhead, spent \[\d{1,4}(?:\.\d{1,3})?(?:s|m)\]/,
    action: 'process-paused',
    reason: 'garbage collection',
  },
  {
    pattern:
      /OutOfMemoryError(?!: unable to create)|JavaScript heap out of memory|OutOfMemoryException|killed by the OOM killer|sending SIG(?:TERM|KILL) to process \d{1,8} uid |Killed \S{1,160} due to memory (?:used|pressure)|low memory! at or below SIG|OOM-?Killed|std::bad_alloc|(?<!\w)MemoryError\b|Reached heap limit|(?:cannot|could not|unable to|failed to) allocate (?:\d{1,16} (?:bytes|[kmg]b)|memory)|memory resource limit alarm set|(?:memory|heap|buffer) limit (?:was |has been )?(?:reached|exceeded)[^\n]{0,16}(?:stopping|blocking|throttl|suspend)\w{0,3} (?:the )?(?:producer|publisher|client|connection)|insufficient (?:system )?memory (?:available )?(?:in|to|for)\b|out of memory while|没有足够的?(?:系统)?内存|内存(?:不足|溢出|耗尽)/i,
    action: 'memory-pressure',
    reason: 'no memory is left',
    isDecisive: true,
  },
  {
    pattern:
      /\.service: Watchdog timeout \(limit|Main process exited, code=(?:killed|dumped|exited, status=[1-9])|Failed with result '(?:signal|core-dump|exit-code|watchdog|oom-kill|timeout|start-limit-hit)'|\bsegfault at [0-9a-f]|\bcore dumped\b|exited on signal \d|(?:process|worker|service|daemon) [^\n]{0,60}(?:terminated unexpectedly|died unexpectedly|crashed)\b|fatal error: unexpected signal|Application pool [^\n]{1,80}(?:automatically disabled|fatal communication error)|terminated by (?:signal (?:4|6|7|8|9|11)\b|exception )|\bgot signal (?:6|9|11)\b|service (?:has )?terminated unexpectedly|\bdumped core\b|A fatal error has been detected by the Java Runtime|(?:服务|进程|程序)[^\n]{0,8}(?:意外(?:地)?(?:终止|停止|退出)|异常(?:终止|退出)|崩溃)/i,
    action: 'program-stopped',
    reason: 'it crashed or was killed',
  },
  {
    pattern:
      /no space left on device|\bENOSPC\b|disk (?:is )?full\b|flood[- ]stage disk watermark|ORA-(?:00257|01653|01654|19809|19815)\b|could not extend file|not enough space on the disk|disk resource limit alarm set|(?:disk|volume|file ?system|tablespace|transaction log)[^\n]{0,48}\bis full\b|out of (?:disk )?space\b|磁盘(?:空间)?(?:已满|不足)|(?:表空间|事务日志|文件系统)[^\n]{0,12}已满/i,
    action: 'storage-error',
    reason: 'the disk is full',
    isDecisive: true,
  },
  {
    pattern:
      /fsync\S{0,4} the write ahead log [^\n]{0,60}took \d{4,8} ?ms|slow fdatasync|AOF fsync is taking too long|I\/O requests taking longer than|page.?cleaner[^\n]{0,60}took \d{4,8} ?ms|nfs: server \S{1,64} (?:not responding|timed out)|\bjbd2\/[^\n]{1,40}blocked for more than|(?:disk|volume|storage|write) latency [^\n]{0,40}(?:exceed|high|above)/i,
    action: 'storage-error',
    reason: 'the storage is slow',
  },
  {
    pattern:
      /I\/O error, dev|blk_update_request|Buffer I\/O error|\bMedium Error\b|\bnvme\d[^\n]{0,24}timeout|\bata\d{1,2}(?:\.\d{2})?: (?:exception|hard resetting|SError|failed command)|EXT4-fs error|\bXFS [^\n]{0,40}(?:shutdown|metadata I\/O error)|Remounting filesystem read-only|raid\S{0,12}[: ][^\n]{0,24}(?:Disk failure|degraded)|(?:unreadable|uncorrectable)[^\n]{0,16} sectors|Reset to device, \\Device|mmc\d: (?:timeout|error)|FAILED SMART self-check|drive [^\n]{0,40}(?:failed|failure predicted)|\b(?:disk|drive)\b[^\n]{1,80}\b(?:has failed|is failing|is degraded|is faulted)\b|\bdisk \S{0,40}\d[^\n]{0,80}\bfailed\b|\bdisk\.failed\b|\bsd[a-z]{1,2}: mark as failed|remaining active paths: 0\b|all (?:storage )?paths (?:are )?(?:down|failed)|predictive failure|has a bad block|read-only file system|\b(?:zpool|ZFS)\b[^\n]{0,80}(?:degraded|suspended|faulted)|(?:硬盘|磁盘|阵列|物理盘|逻辑盘)[^\n]{0,12}(?:故障|损坏|坏道|坏块|失效|降级|掉线|离线)|(?:不正确|损坏)的?区块|坏(?:扇区|块|道)/i,
    action: 'storage-error',
    reason: 'the storage fails',
  },
  {
    pattern:
      /promoted (?:self|itself|\S{1,64}) to (?:leader|primary|master)|promoted to (?:leader|primary|master)|(?:became|elected as|now) (?:the )?(?:new )?(?:leader|primary|master)\b|A processor failed, forming new configuration|Cluster node '?\S{1,64} was removed|State transition S_IDLE -> S_(?:POLICY_ENGINE|ELECTION)|\bfail(?:ing)?[ -]?over (?:to|started|initiated|in progress|completed)|(?:switchover|failover)(?:_| )(?:to|started|completed|finished)|主备(?:库)?(?:发生)?切换|切换(?:到|至)(?:备|从)/i,
    action: 'failover',
    reason: 'another takes over',
  },
  {
    // Said by those left without one; `Starting` in it is no start of a program.
    pattern:
      /starting an? (?:new )?(?:leader )?election|no (?:PRIMARY|primary|leader|master) (?:in|was|is|found|elected|available)|(?:lost|has no|without a|losing) (?:the )?(?:leader|primary|master)\b(?! key)|(?:leader|master|primary)[^\n]{0,24}(?:not discovered|lease (?:expired|lost))|no longer (?:the )?(?:leader|primary|master)\b|stepping down (?:from|as)|to (?:ELECTION|CANDIDATE)\b|重新选主|开始选举|主节点(?:丢失|失联)/,
    action: 'failover',
    reason: 'another takes over',
    isDecisive: true,
  },
  {
    pattern:
      /\btoo many open file|\bEMFILE\b|\bENFILE\b|\bsockets disabled, (?:out-of-fds|connection limit reached)|file[- ]descriptors? limit (?:is )?(?:reached|exceeded)|打开(?:的)?文件(?:数)?过多|文件(?:句柄|描述符)(?:数)?(?:已)?(?:耗尽|用尽|不足|达到上限)/i,
    action: 'descriptors-exhausted',
    reason: 'no descriptor is left',
    isDecisive: true,
  },
  {
    pattern:
      /PF states limit reached|session table (?:is )?full|(?:state|flow|connection|conn) table (?:is )?(?:full|overflow\w{0,2}|exhausted)|dynamic (?:rule )?table full|maximum (?:number of )?(?:concurrent )?sessions? (?:has been |was )?(?:reached|exceeded)|会话(?:表|数)(?:已)?满/i,
    action: 'table-full',
    reason: 'no entry is free',
  },
  {
    // A program that its own settings keep from running: what is wrong stands in the line.
    pattern:
      /unknown directive|\[emerg\][^\n]{0,200} in \S{1,200}:\d{1,6}$|(?:syntax|parse|parsing) error[^\n]{0,80}(?:\bconfig|\.(?:conf|cfg|ya?ml|ini|properties|toml)\b)|(?:error|errors|fatal)[^\n]{0,24}(?:in|found in|parsing|reading|loading) (?:the )?config|(?<!\bwarn(?:ing)?\b[^\n]{0,60})(?:invalid|bad|unknown|unrecognized|unsupported|missing) (?:configuration|config|directive|command[- ]line option|setting)s?\b|configuration (?:file )?(?:[^\n]{0,40} )?(?:is invalid|is not valid|test failed)|Failed at step (?:EXEC|CHDIR|USER|GROUP|NAMESPACE|CREDENTIALS)|(?:secret|configmap)s? "[^"]{1,120}" not found|CreateContainerConfigError|InvalidImageName|Could not resolve placeholder|environment variable \S{1,80} (?:is )?(?:not set|missing|required)|配置(?:文件)?[^\n]{0,12}(?:错误|无效|有误|不正确|缺失)/im,
    action: 'request-failed',
    reason: SETTINGS_WRONG,
  },
  { pattern: /Listen queue overflow:/, action: 'syn-flood', reason: 'the listen queue overflows' },
  {
    pattern:
      /SRC_NAT_\w{0,12}POOL_ALARM_RAISE|used\/maximum \[(?:1\/1|2\/2|3\/3|4\/4|6\/6|8\/8|16\/16|32\/32)\] blocks, allocated|NAT\w{0,8}_OUT_?OF_(?:PORTS|ADDRESSES)|(?:port|session|user|subscriber)[- ](?:limit|quota|block)s? (?:is |was |has been )?(?:exceeded|exhausted|reached|used up)|NAT (?:port|pool|address)[^\n]{0,32}(?:exhaust|deplet|used up|full)|max(?:imum)? (?:entries|translations|sessions|mappings|bindings)(?: \w{1,12}){0,2} (?:\d{1,9} )?(?:was |is |has been )?(?:exceeded|reached)[^\n]{0,24}(?:host|subscriber|user|client|customer|address)|no (?:free |more )?(?:nat |translation )?ports? (?:are |is )?(?:available|left|free)|端口(?:块|资源|配额)?(?:已)?(?:耗尽|用尽|不足)/i,
    action: 'ports-exhausted',
    reason: 'translation has no port left',
  },
  {
    pattern:
      /fair[- ]use (?:policy )?(?:limit )?(?:reached|exceeded|applied)|(?:data ?volume|Datenvolumen|data (?:plan|allowance|bundle)|inclusive volume|forfait|datos|franchigia)[^\n]{0,40}(?:used up|aufgebraucht|verbraucht|exhausted|consumed|finished|épuisé|agotad|esaurit)|speed (?:is |was |has been )?(?:reduced|throttled|limited) to \d|\bsms\b[^\n]{0,200}\b\d{1,4} ?(?:[GM][Bo]|[ГМ]Б)\b[^\n]{0,160}(?:\b\d{1,4} ?[kк](?:bit|bps|b|B|бит)|\b100 ?%)|(?:reduzierter|gedrosselter) Geschwindigkeit|\b(?:plan|quota|volume|allowance|balance)\b[^\n]{0,80}\b(?:EXHAUSTED|DEPLETED)\b|达量(?:停用|断网|停机|限速)|流量(?:包|套餐)?(?:已)?(?:用完|用尽|耗尽|超出)|已停止数据服务|(?:限速|降速)(?:至|到)/i,
    action: 'quota-reached',
    reason: 'the plan is used up',
  },
  {
    pattern:
      /option[- ]unsubscribed|service option not subscribed|(?:unknown|missing or unknown) APN|(?:EPS|PDN|PDP)[^\n]{0,40}(?:rejected|not allowed|barred)|(?:PLMN|roaming|network) not allowed|(?:SIM|subscription|subscriber)[^\n]{0,16}(?:barred|blocked|suspended|deactivated)|SIM卡(?:已)?(?:停机|锁定|欠费)/i,
    action: 'attach-refused',
    reason: 'the network refuses the subscriber',
  },
  {
    pattern:
      /\b(?:port|interface|link|ethernet)\b[^\n]{0,32}(?:\bis now off-?line|\blink[- ](?:is )?down\b|\blost (?:link|carrier))|\blink down: ?\S|\blink (?:is )?down\b[^\n]{0,12}(?:$|;|\b(?:port|on|igb|em|eth|en|ge|gi)\b)|\b(?:port|interface|link)\b[^\n]{0,32}\bchanged (?:state )?(?:from [^\n]{1,24} )?to (?:admin(?:istratively)? )?down\b|\bcable (?:is |was |has been )?(?:unplugged|disconnected|pulled|broken)|端口[^\n]{0,12}(?:断开|掉线|DOWN)/i,
    action: 'link-down',
    reason: 'the link is down',
  },
  {
    pattern:
      /Adapter removed|device's health compromised|TX driver issue detected|Tx status -\d|firmware (?:halted|crashed|error)|mailbox indicates firmware|_cmd_timeout_func|(?:fail(?:ed|ure)?|error|unable|cannot) (?:to )?(?:read(?:ing)?|writ(?:e|ing)) (?:the )?(?:MAC |PHY |MII |chip )?reg(?:ister)?s?\b|\bMII is busy\b|Reset adapter unexpectedly|(?:(?:tx|transmit)(?: queue \d{1,4})? (?:hang|hung|stall(?:ed)?|timeout|timed out)|(?:rx|receive)(?: queue \d{1,4})? (?:hang|hung|stall(?:ed)?))\b(?! ?[=:]? ?\d)|firmware (?:hang|hung|is not responding|not responding|stuck|lockup)|(?:NIC|adapter|MAC|PHY|chip) (?:is )?not responding|ADAPTER (?:HANG|HUNG)|PCIe link lost|mailbox [^\n]{0,24}timed? ?out/i,
    action: 'nic-error',
    reason: 'the network card or its driver fails',
  },
  {
    pattern:
      /\b(?:UDP|UDPv6|UDPLite|TCP|TCPv6|ICMP|ICMPv6|IP|IPv6): (?:[^\n]{0,40} )?bad checksum|hw csum failure|(?:csum|checksum) (?:offload )?(?:failure|failed|mismatch) (?:on|in|for) (?:dev(?:ice)? )?\w|\bbad hw csum\b/i,
    action: 'other',
    reason: BAD_CHECKSUM,
  },
  {
    pattern:
      /\bUE memory read error|Uncorrected error|Uncorrectable (?:memory|ECC)|Machine check events? logged|Hardware Error\]: (?:CPU|Machine)/i,
    action: 'power-event',
    reason: 'the machine fails',
  },
  {
    pattern:
      /Power Supply[^\n]{0,48}(?:AC lost|failure|failed|fault)|(?:PSU|power supply) ?\S{0,8} (?:has )?failed|(?:UPS|USV)[^\n]{0,40}(?:on battery|battery (?:is )?low)|running on (?:UPS )?batter|\bpower (?:supply|module|unit|input|feed)\b[^\n]{0,40}\b(?:is lost|was lost|has failed|failed|failure|fault|absent)\b|\bpower failure\b|\bPower \d{1,2} (?:has |is )?(?:failed|absent)\b|\bmains (?:power )?(?:is |was )?(?:lost|failed|failure)\b|\bdying gasp\b|under-?voltage detected|input power (?:is )?(?:lost|failed)|\bPOWER_?FAIL/i,
    action: 'power-event',
    reason: 'the power fails',
  },
  {
    pattern:
      /\b(?:DSL|VDSL|ADSL|xDSL)\b[^\n]{0,32}(?:down|resync|re-?train|lost sync|no sync)|SYNC Timing Synchronization failure|Failed to acquire (?:QAM|FEC)|No Ranging Response received - T3|T[1-4] time[ -]?out|no Unicast (?:Ranging|Maintenance) opportunities|Lost MDD|\bLO[SF]i?\b[^\n]{0,16}(?:alarm|detected|raised)|LOSi\/LOBi|fib(?:re|er) (?:is |was |has been )?(?:broken|cut|damaged|unplugged)|(?:can ?not|did not|no longer) receive [^\n]{0,24}optical signals?|\bON[TU]\b[^\n]{0,24}(?:offline|deactivated|下线|掉线)|光纤(?:中断|断开|断裂)|收不到光|(?:光信号|信号)丢失|(?:loss of|no) (?:optical )?signal\b/i,
    action: 'modem-error',
    reason: 'the line has no signal',
    unless: /\b(?:cleared|restored|recovered)\b|恢复|解除/i,
  },
  {
    pattern:
      /detected conflict by ARP|address conflict (?:was |has been )?detected|detected an (?:IP )?address conflict|conflict detected for IP|causes IP conflict|\barp: \d{1,3}(?:\.\d{1,3}){3} moved from [\da-f]{2}:|duplicate (?:ipv?[46]? ?)?(?:ip|address)(?: address)?(?: (?:was |has been )?detected| [\da-f.:]{3,45}\b)|\b(?:ip|ipv4|address) [^\n]{1,64}(?:already|is) (?:in use|assigned|used|taken) (?:(?:in|on) the (?:network|link)|by (?:another |other )?(?:hosts?|devices?|system|client|machine|station)|by [\da-f]{2}[:-])|conflicts? with (?:another|a) (?:host|device|system|machine)|地址[^\n]{0,16}冲突|冲突的?(?:IP)?地址|地址重复|IP(?:地址)?冲突/i,
    action: 'address-conflict',
    reason: 'two devices have one address',
  },
  {
    pattern:
      /(?:claimed|assigned|using|configured) (?:IP )?(?:address )?169\.254\.\d{1,3}\.\d{1,3}|link-local address 169\.254/i,
    action: 'address-lost',
    reason: 'no lease: an address of its own choice',
  },
  {
    pattern:
      /VLAN[_ ]MISMATCH|(?:native )?VLAN mismatch|loop(?:back)? (?:was |has been )?detected|检测到环路|环路告警/i,
    action: 'topology-changed',
    reason: 'ports do not agree',
  },
  {
    pattern:
      /\bVLAN (?:membership|assignment) (?:was |has been )?changed\b|\b(?:un)?tagged (?:vlan )?\d{1,4} ?(?:->|=>|to) ?\d{1,4}\b|\b(?:access vlan|pvid|native vlan) (?:was )?(?:changed )?(?:from )?\d{1,4} ?(?:->|=>|to) ?\d{1,4}\b|端口[^\n]{0,24}(?:VLAN|PVID)[^\n]{0,12}(?:改为|变更为|修改为|->)/i,
    action: 'config-changed',
    reason: 'a port is put into another segment',
  },
  {
    // ip-neighbour(8); routers that ask for their next hop in vain.
    pattern:
      /\bARP\b[^\n]{0,24}\b(?:no (?:reply|answer|response)|unanswered|incomplete)\b|\b(?:next[- ]?hop|default gateway|gateway) \d{1,3}(?:\.\d{1,3}){3}[^\n]{0,48}\b(?:no (?:ARP )?(?:reply|answer)|FAILED|INCOMPLETE|does not answer|unresolved)|\bneighbou?r state FAILED\b|(?:下一跳|网关)[^\n]{0,32}(?:ARP ?)?无应答/i,
    action: 'neighbour-failed',
    reason: 'the next hop does not answer',
    isDecisive: true,
  },
  {
    pattern: /\bHold ?timer expired\b|neighbou?r [^\n]{1,60} (?:lost|unreachable|went down)\b/i,
    action: 'route-changed',
    reason: 'a neighbour is gone',
  },
  {
    pattern:
      /(?:data-check|resync|recovery|rebuild) of (?:RAID|array)|(?:backup|scan|antivirus|defragmentation|replication|indexing|reindex|vacuum|export|import|archive|synchroni[sz]ation) (?:job|task|session|run)?\s?(?:has |is |was )?(?:started|starting|begins?|begun|in progress|running)\b|(?:start(?:ed|ing)?|begin(?:ning)?|launch(?:ed|ing)?) (?:a |the )?(?:full |nightly |daily |weekly |scheduled |quick )?(?:backup|virus scan|system scan|scan of|downloading|download of|update download|defrag|reindex)|(?:started|starting) downloading an update|Database modification detected\. Forcing reload|guest-fsfreeze called|issuing guest-agent 'fs-freeze'|cannot refresh: snap [^\n]{0,60}downloading|(?:备份|扫描|升级|更新|同步|杀毒)(?:任务|作业)?(?:已)?(?:开始|启动)|(?:[Aa]n[áa]lisis|[Cc]opia de seguridad|[Vv]erificaci[óo]n)(?: [\wáéíóúñ]{1,16}){0,3} iniciad[oa]|(?:[Ss]can|Prüfung|Überprüfung|Sicherung|Datensicherung|Virensuche)(?: [\wäöüß-]{1,20}){0,3} (?:wurde )?gestartet|(?:[Aa]nalyse|[Ss]auvegarde)(?: [\wéèà-]{1,16}){0,3} (?:démarrée|lancée|commencée)|(?:[Ss]cansione|[Bb]ackup)(?: \w{1,16}){0,3} (?:avviat[oa]|iniziat[oa])/i,
    action: 'job-started',
    reason: 'a job of its own begins',
  },
  {
    pattern:
      /(?:backup|scan|antivirus|defragmentation|replication|indexing|reindex|vacuum|export|import|archive|synchroni[sz]ation) (?:job|task|session|run)?\s?(?:has |is |was )?(?:finished|completed|complete|ended|done|stopped before completion)\b|guest-fsthaw called|issuing guest-agent 'fs-thaw'|(?:备份|扫描|升级|更新|同步|杀毒)(?:任务|作业)?(?:已)?(?:完成|结束)|(?:[Aa]n[áa]lisis|[Cc]opia de seguridad|[Vv]erificaci[óo]n)(?: [\wáéíóúñ]{1,16}){0,3} (?:finalizad[oa]|completad[oa])|(?:[Ss]can|Prüfung|Überprüfung|Sicherung|Datensicherung|Virensuche)(?: [\wäöüß-]{1,20}){0,3} (?:wurde )?(?:beendet|abgeschlossen)|(?:[Aa]nalyse|[Ss]auvegarde)(?: [\wéèà-]{1,16}){0,3} terminée|(?:[Ss]cansione|[Bb]ackup)(?: \w{1,16}){0,3} (?:completat[oa]|terminat[oa])/i,
    action: 'job-ended',
    reason: 'a job of its own ends',
  },
  ...NETWORK_STATES,
  {
    // Windows' own log of its TCP: 4227 and 4231, in the words of the system's language.
    pattern:
      /allocate an ephemeral port number|local endpoint was recently used to connect|Inet port exhaustion|no free (?:source )?ports|本地终结点最近已用于连接|分配临时端口(?:号)?[^\n]{0,40}失败/i,
    action: 'ports-exhausted',
    reason: 'no port is left',
    isDecisive: true,
  },
  {
    // connect(2) that a filter of the host itself forbids: EACCES, EPERM, WSAEACCES.
    pattern:
      /\bWSAEACCES\b|\b(?:SocketException|socket error|WinError|connect\w{0,8})\b[^\n]{0,24}\b10013\b|access a socket in a way forbidden|以一种访问权限不允许的方式|\b(?:connect|dial|sendto|sendmsg)\b[^\n]{0,80}: (?:permission denied|operation not permitted)\b/i,
    action: 'policy-denied',
    reason: 'the host itself forbids it',
    isDecisive: true,
  },
  // Terminals, routers and hosts that write Chinese.
  {
    pattern: /(?:本地|临时)端口(?:资源)?(?:已)?(?:用尽|耗尽|不足)|无可用(?:的)?(?:本地)?端口/,
    action: 'ports-exhausted',
    reason: 'no port is left',
    isDecisive: true,
  },
  {
    pattern:
      /网线(?:已)?(?:被)?(?:拔出|拔掉|断开|松动|未连接|脱落)|(?:以太网|网口|物理|网络)(?:链路|连线|接口)(?:已)?(?:断开|掉线|中断)|链路状态[^\n]{0,6}(?:断开|DOWN)/i,
    action: 'link-down',
    reason: 'the link is down',
    isDecisive: true,
  },
  {
    pattern:
      /(?:(?:[2345]G|LTE|无线|蜂窝|通讯|通信|拨号)模[块组]|MODEM)[^\n]{0,6}(?:无响应|未响应|异常|复位|掉线|故障|重启)|重启(?:[2345]G|LTE|无线|蜂窝|通讯|通信)?模[块组]/i,
    action: 'modem-error',
    reason: 'the modem fails',
    isDecisive: true,
  },
  {
    pattern: /网卡[^\n]{0,4}(?:异常|复位|故障|错误|无响应|挂死)/,
    action: 'nic-error',
    reason: 'the network card or its driver fails',
    isDecisive: true,
  },
  {
    pattern: /光功率[^\n]{0,6}(?:过低|低于|异常|告警)|光模块[^\n]{0,4}(?:异常|故障|告警)/,
    action: 'optics-weak',
    reason: 'too little light',
  },
  { pattern: /温度[^\n]{0,4}(?:过高|超限|超标|告警)|过热(?:保护|告警|降频)/, action: 'overheated', reason: 'too hot' },
  {
    pattern: /市电(?:中断|断电|停电|异常)|UPS[^\n]{0,8}供电|设备掉电|电源(?:模块)?故障/,
    action: 'power-event',
    reason: 'the power fails',
  },
  {
    pattern: /DHCP[^\n]{0,8}(?:失败|无应答|无响应)|获取(?:IP|网络)?地址失败/,
    action: 'dhcp-no-answer',
    reason: 'no lease',
    isDecisive: true,
  },
  {
    pattern:
      /(?:网络)?附着(?:请求)?(?:被)?(?:拒绝|失败)|(?:网络)?注册被拒绝?|PDP激活(?:失败|被拒)|APN(?:错误|无效|未签约)/,
    action: 'attach-refused',
    reason: 'the network refuses the subscriber',
    isDecisive: true,
  },
  {
    pattern: /限流|流控(?:触发|生效)|请求(?:数|频率|次数)(?:超过|超出|超)(?:上限|限制|阈值)/,
    action: 'rate-limited',
    reason: 'too many requests',
  },
  {
    pattern: /开始(?:下载|上传|安装|推送)[^\n]{0,8}(?:更新包|升级包|安装包|固件|备份|日志)/,
    action: 'job-started',
    reason: 'a job of its own begins',
  },
  {
    // Not the words of connect(2), which knows of no port of another's.
    pattern:
      /\bport \d{1,5} (?:is|was) already in use|port is already allocated|didn't have free ports for the requested|(?:bind|listen|listening)\b[^\n]{0,120}\b(?:address already in use|EADDRINUSE)|address already in use[^\n]{0,40}\b(?:bind|listen)|端口\s?\d{0,5}(?:已)?(?:被占用|在使用)|地址已(?:被|在)(?:使用|占用)/i,
    action: 'request-failed',
    reason: 'the port is taken',
    isDecisive: true,
  },
  ...COMMON_STATES,
]

const GATED = STATES.map((s) => ({ ...s, gate: gated(s.pattern) }))
/** Where a format says one of these, or nothing, it knew no better. */
const VAGUE: ReadonlySet<Action | undefined> = new Set<Action | undefined>([
  undefined,
  'other',
  'request-failed',
  'request-started',
])
/** What a decisive state is the cause of. */
const ENDS: ReadonlySet<Action | undefined> = new Set<Action | undefined>([
  'request-succeeded',
  'connect-succeeded',
  'connection-closed',
  'program-started',
  'program-stopped',
  'dns-failed',
  'response-timeout',
  'connect-timeout',
])

/**
 * The state that a record tells of, put into its fields.
 * @param text  the whole record
 * @param said  what the format read; changed in place
 */
/** Of what is no failure. */
const OUTCOMES: Partial<Record<Action, 'success' | 'unknown'>> = {
  'config-changed': 'unknown',
  'address-assigned': 'success',
}

export function readState(text: string, said: ParsedFields): void {
  const action = said['event.action']
  const isVague = VAGUE.has(action)
  if (!isVague && !ENDS.has(action)) return
  // An exchange that was logged with a host of its own is one, whatever else the line says.
  if (said['http.request.method'] !== undefined || said['http.response.status_code'] !== undefined) return
  for (const state of GATED) {
    if ((!isVague && !state.isDecisive) || !state.gate.test(text) || state.unless?.test(text)) continue
    said['event.action'] = state.action
    said['event.reason'] = state.reason
    said['event.outcome'] = OUTCOMES[state.action] ?? (state.action.startsWith('job-') ? 'unknown' : 'failure')
    delete said['whytimeout.phase']
    delete said['whytimeout.limit_ms']
    delete said['whytimeout.whole_limit']
    delete said['event.duration']
    return
  }
}
