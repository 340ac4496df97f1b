import type { Bilingual } from '../schemas/rule.js'

type ErrorMeta = { readonly exit: 1 | 2 | 3; readonly retriable: boolean; readonly hint: Bilingual }

/** Every error the program can end with: exit code, whether trying again helps, and the fix. docs/reference/errors.md comes from here. */
export const ERRORS = {
  USAGE: {
    exit: 2,
    retriable: false,
    hint: { en: 'Run the command with --help to see its options.', zh: '使用 --help 查看可用选项。' },
  },
  CONFIG_INVALID: {
    exit: 2,
    retriable: false,
    hint: { en: 'Correct the entry and run again.', zh: '修正该配置项后重试。' },
  },
  INPUT_NOT_FOUND: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Check the path; relative paths start at the current folder.',
      zh: '请检查路径；相对路径以当前目录为准。',
    },
  },
  INPUT_UNREADABLE: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Check the permissions of the file or run as a user who may read it; unpack what is encrypted or packed in another way.',
      zh: '请检查文件权限或换用有权限的用户；加密或以其他方式压缩的文件请先解压。',
    },
  },
  INPUT_TRUNCATED: {
    exit: 1,
    retriable: false,
    hint: {
      en: 'The compressed file is not whole: copy it again from its source, or unpack what can be saved with its own tool (`gzip -dc FILE > FILE.log`).',
      zh: '压缩文件不完整：请重新拷贝，或用对应工具（如 gzip -dc）解出可用部分。',
    },
  },
  INPUT_TOO_LARGE: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'If the file is what it should be, unpack it yourself and give the folder.',
      zh: '如果该文件无误，请自行解压后指定解压出的目录。',
    },
  },
  INPUT_EMPTY_FOLDER: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Give a folder that holds log files (hidden files are skipped).',
      zh: '请指定包含日志文件的目录（隐藏文件会被跳过）。',
    },
  },
  OUTPUT_UNWRITABLE: {
    exit: 2,
    retriable: false,
    hint: { en: 'Choose another folder with --out.', zh: '请用 --out 指定其他目录。' },
  },
  OUTPUT_EXISTS: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Nothing was written; --force overwrites, --out chooses another folder, --dry-run only shows.',
      zh: '未写入任何文件；--force 覆盖，--out 另选目录，--dry-run 仅显示。',
    },
  },
  INVENTORY_BAD_ROW: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Correct the row; docs/reference/inventory.md lists the columns.',
      zh: '请修正该行；列说明见 docs/reference/inventory.md。',
    },
  },
  ORIGINS_BAD_ENTRY: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Correct the entry; a replay writes an origins.yml to start from.',
      zh: '请修正该项；replay会输出可参考的origins.yml。',
    },
  },
  TIMEZONE_UNKNOWN: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Use a name such as Asia/Shanghai or an offset such as +08:00; for some hosts only: rt-*=Asia/Shanghai.',
      zh: '请使用 Asia/Shanghai 之类的时区名或 +08:00 之类的偏移；仅对部分主机：rt-*=Asia/Shanghai。',
    },
  },
  RULE_INVALID: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Correct the rule; `whytimeout rules lint` checks all of them.',
      zh: '请修正规则；可用 whytimeout rules lint 检查全部规则。',
    },
  },
  FORMAT_UNKNOWN: {
    exit: 2,
    retriable: false,
    hint: { en: '`whytimeout formats` lists the formats.', zh: '可用 whytimeout formats 查看格式列表。' },
  },
  VERDICT_NOT_FOUND: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Give an id from verdicts.ndjson and its folder with --out, or one that `whytimeout search` lists.',
      zh: '请给出verdicts.ndjson中的编号并用 --out 指定其目录，或 whytimeout search 列出的编号。',
    },
  },
  LABELS_INVALID: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'A labelled folder has logs/, inventory.csv and truth.ndjson.',
      zh: '标注目录应包含 logs/、inventory.csv 和 truth.ndjson。',
    },
  },
  KAFKA_UNREACHABLE: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Check kafka.brokers, the network between here and there, and ssl and sasl.',
      zh: '请检查 kafka.brokers、到集群的网络以及 ssl 和 sasl 设置。',
    },
  },
  KAFKA_DENIED: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Check kafka.sasl (mechanism, username, password) and the rights of that user: read on topics and groups, write on the internal topics.',
      zh: '请检查 kafka.sasl（机制、用户名、密码）以及该用户的权限：对主题和消费组的读权限、对内部主题的写权限。',
    },
  },
  KAFKA_TLS_FAILED: {
    exit: 2,
    retriable: false,
    hint: {
      en: "Check kafka.ssl: ca is the PEM of the authority that signed the brokers' certificates, which must bear the names in kafka.brokers; cert and key are needed where the brokers ask for them.",
      zh: '请检查 kafka.ssl：ca 应为签发服务器证书的机构的PEM文件，证书须包含 kafka.brokers 中的名称；服务器要求客户端证书时还需 cert 和 key。',
    },
  },
  KAFKA_TOPIC_MISSING: {
    exit: 2,
    retriable: false,
    hint: {
      en: '`whytimeout setup kafka` creates the internal topics; raw topics are yours to create.',
      zh: '内部主题可用 whytimeout setup kafka 创建；原始日志主题请自行创建。',
    },
  },
  KAFKA_WRITE_FAILED: {
    exit: 1,
    retriable: false,
    hint: {
      en: 'Check the rights of the user on the topic and the largest message that it takes; nothing was acknowledged.',
      zh: '请检查用户对该主题的权限和允许的最大消息；未确认任何数据。',
    },
  },
  KAFKA_CONSUMER_STOPPED: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Start it again: it goes on where it stopped. Check the rights of the user on topics and groups if it stops again.',
      zh: '请重新启动，将从中断处继续。若再次停止，请检查用户对主题和消费组的权限。',
    },
  },
  KAFKA_BATCH_TOO_LARGE: {
    exit: 1,
    retriable: false,
    hint: {
      en: 'Find the producer that makes such batches, and move the group past it with kafka-consumer-groups.',
      zh: '请找出产生此类批次的生产者，并用 kafka-consumer-groups 将消费组移过该位置。',
    },
  },
  KAFKA_BATCH_DAMAGED: {
    exit: 1,
    retriable: false,
    hint: {
      en: 'A disk or a producer wrote a batch that is not what it says: look at it with kafka-dump-log, and move the group past it with kafka-consumer-groups.',
      zh: '磁盘或生产者写入了损坏的批次：请用 kafka-dump-log 查看，并用 kafka-consumer-groups 将消费组移过该位置。',
    },
  },
  INPUTS_DIFFER: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'All processes must run the same rules, inventory, origins and lateness: bring this one up to date.',
      zh: '所有进程的规则、终端清单、来源说明和迟到时限必须一致：请更新此进程。',
    },
  },
  GENERATION_NOT_RAISED: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Give a higher --generation: only a new generation may take away what an older one found.',
      zh: '请用 --generation 指定更高的代次：只有新代次才能移除旧代次的结论。',
    },
  },
  REPAIR_RUNNING: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Wait until the other one has ended; one whose process died gives the place up within seconds.',
      zh: '请等待另一个修复结束；若其进程已退出，数秒内即可重试。',
    },
  },
  SINK_FAILED: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Start it again once the store takes documents: nothing was acknowledged that is not stored.',
      zh: '存储恢复后请重新启动：未存储的数据不会被确认。',
    },
  },
  DEAD_LETTERS_UNWRITABLE: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Make room, or give dead_letters_file a place that this user may write to, and start again: nothing was acknowledged that is not kept.',
      zh: '请清理磁盘空间，或将 dead_letters_file 设为可写的位置后重新启动：未保存的数据不会被确认。',
    },
  },
  HTTP_UNAVAILABLE: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Give http.host, http.port and http.socket values that are free and allowed; port 0 takes any free port.',
      zh: '请检查 http.host、http.port、http.socket 是否被占用或无权限；端口 0 表示任意空闲端口。',
    },
  },
  PROCESS_UNREACHABLE: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Is `whytimeout stream` running there, with `http` in its configuration? `--url` names another address.',
      zh: '请确认该处正在运行 whytimeout stream 且配置了 http；可用 --url 指定其他地址。',
    },
  },
  PROCESS_REFUSED: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Correct the request; for a token set WHYTIMEOUT_TOKEN or give the configuration with --config.',
      zh: '请修正请求；令牌可用环境变量 WHYTIMEOUT_TOKEN 或 --config 提供。',
    },
  },
  ELASTICSEARCH_UNREACHABLE: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Check elasticsearch.node or cloud_id, the network between here and there, and ca.',
      zh: '请检查 elasticsearch.node 或 cloud_id、到集群的网络以及 ca 设置。',
    },
  },
  ELASTICSEARCH_REFUSED: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Check the API key or password and its rights: `whytimeout setup elasticsearch --dry-run` prints the roles that are needed.',
      zh: '请检查 API key 或密码及其权限：whytimeout setup elasticsearch --dry-run 会输出所需角色。',
    },
  },
  ELASTICSEARCH_TEMPLATES: {
    exit: 2,
    retriable: false,
    hint: {
      en: '`whytimeout setup elasticsearch` installs the templates; `--dry-run --diff` shows what would change.',
      zh: '请用 whytimeout setup elasticsearch 安装模板；加 --dry-run --diff 可查看差异。',
    },
  },
  KIBANA_UNREACHABLE: {
    exit: 1,
    retriable: true,
    hint: {
      en: 'Check kibana.url, the network between here and there, and ca; a Kibana that has just started needs a minute.',
      zh: '请检查 kibana.url、到Kibana的网络以及 ca 设置；刚启动的Kibana需等待约一分钟。',
    },
  },
  KIBANA_NOT_THERE: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'kibana.url must be that of Kibana (port 5601 as a rule, not Elasticsearch), with its base path if it has one, and kibana.space a space that exists.',
      zh: 'kibana.url 应为Kibana地址（通常端口5601，而非Elasticsearch），含base path（如有）；kibana.space 须为已存在的空间。',
    },
  },
  KIBANA_LOGIN: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Check kibana.api_key or username and password; whoever imports needs the privilege "All" for Saved Objects Management in that space.',
      zh: '请检查 kibana.api_key 或用户名和密码；导入者需要该空间“已保存对象管理”的“全部”权限。',
    },
  },
  KIBANA_REFUSED: {
    exit: 2,
    retriable: false,
    hint: {
      en: 'Kibana 8.14 or later takes these objects. `whytimeout setup kibana --out FILE` writes them, to be imported by hand: its page names what it does not like.',
      zh: '需要Kibana 8.14或更高版本。可用 whytimeout setup kibana --out FILE 写出文件后在页面手动导入，页面会指出问题所在。',
    },
  },
  INTERNAL: {
    exit: 1,
    retriable: false,
    hint: {
      en: 'This is a defect of whytimeout. Run again with WHYTIMEOUT_DEBUG=1 and report the trace.',
      zh: '这是whytimeout的缺陷。请设置 WHYTIMEOUT_DEBUG=1 重新运行并反馈堆栈。',
    },
  },
} as const satisfies Record<string, ErrorMeta>
export type ErrorCode = keyof typeof ERRORS

/**
 * What may be said of an error outside `debug`. Messages of the Kafka client and of the system name brokers, topics and codes; those of
 * others may quote what was being read, so they give their name only.
 */
export function reasonOf(error: Error): string {
  const isHarmless = error instanceof WhytimeoutError || error.name.startsWith('KafkaJS') || 'syscall' in error
  return isHarmless ? error.message : error.name
}

/**
 * An error with a code to branch on, the place it is about, and (by the table) an exit code and a hint.
 * Messages never hold log content.
 */
export class WhytimeoutError extends Error {
  override readonly name = 'WhytimeoutError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly place?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }

  get exitCode(): 1 | 2 | 3 {
    return ERRORS[this.code].exit
  }

  get hint(): Bilingual {
    return ERRORS[this.code].hint
  }
}
