import type { KafkaConfig } from '../../../schemas/config.js'
import type { Finding } from '../../../schemas/doctor.js'
import { type Reason, reasonOf } from '../cluster/reason.js'
import type { Line } from '../cluster/session.js'
import { fail, ok, say, warn } from '../findings.js'
import type { Check, Context } from './check.js'
import { span } from './words.js'

export type BrokerFact = {
  readonly address: string
  /** Named in the configuration, or only by the cluster itself. */
  readonly isConfigured: boolean
  readonly answer: Pick<Line, 'tookMs' | 'certificateEnds'> | Reason
}

export const brokersCheck: Check = {
  id: 'brokers',
  title: say('Brokers', 'Kafka服务器'),
  needsKafka: false,
  run: async (context) => {
    const configured = await Promise.all(context.config.kafka.brokers.map((a) => factOf(context, a, true)))
    const { brokers, controller } = await context.look.cluster().catch(() => ({ brokers: [], controller: 0 }))
    const named = brokers.map((b) => `${b.host}:${b.port}`).filter((a) => !context.config.kafka.brokers.includes(a))
    const advertised = await Promise.all(named.map((a) => factOf(context, a, false)))
    return judgeBrokers([...configured, ...advertised], {
      kafka: context.config.kafka,
      controller,
      now: context.now(),
    })
  },
}

async function factOf({ look }: Context, address: string, isConfigured: boolean): Promise<BrokerFact> {
  return { address, isConfigured, answer: await look.session.lineTo(address).catch(reasonOf) }
}

const SOON_MS = 14 * 86_400_000
const isLoopback = (address: string): boolean => /^(localhost|127\.[\d.]+):\d+$/.test(address)

export function judgeBrokers(
  facts: readonly BrokerFact[],
  around: { readonly kafka: Pick<KafkaConfig, 'ssl' | 'sasl'>; readonly controller: number; readonly now: number },
): readonly Finding[] {
  const { kafka, controller, now } = around
  const how = [kafka.ssl ? 'TLS' : undefined, kafka.sasl && `${kafka.sasl.mechanism}, ${kafka.sasl.username}`].filter(
    (part) => part !== undefined,
  )
  const found: Finding[] = facts.flatMap((f) => {
    if ('code' in f.answer) return [unreachable(f.address, f.isConfigured, f.answer)]
    const took = span(f.answer.tookMs)
    const answers = ok(
      'broker-answers',
      f.address,
      say(
        `answers in ${took.en}${how.map((h) => `, ${h}`).join('')}`,
        `${took.zh}内应答${how.map((h) => `,${h}`).join('')}`,
      ),
    )
    const ends = f.answer.certificateEnds
    if (ends === undefined || ends - now > SOON_MS) return [answers]
    const left = span(Math.max(0, ends - now))
    return [
      answers,
      warn(
        'certificate-ends-soon',
        f.address,
        say(`its certificate ends in ${left.en}`, `证书将在${left.zh}后到期`),
        say('Renew it.', '请更新证书。'),
      ),
    ]
  })
  if (kafka.sasl && !kafka.ssl && !facts.every((f) => isLoopback(f.address)))
    found.push(
      warn(
        'login-without-tls',
        'kafka.sasl',
        kafka.sasl.mechanism === 'plain'
          ? say('the password goes over the network as it is', '密码以明文传输')
          : say('what is read and written goes over the network as it is', '数据以明文传输'),
        say('Use a TLS port and set kafka.ssl.', '请使用TLS端口并设置 kafka.ssl。'),
      ),
    )
  if (controller === -1 && facts.some((f) => !('code' in f.answer)))
    found.push(
      warn(
        'no-controller',
        'kafka.brokers',
        say('the cluster has no controller now: topics and leaders cannot change', '集群当前没有controller'),
        say('Look at the logs of the controllers.', '请检查controller日志。'),
      ),
    )
  return found
}

const unreachable = (address: string, isConfigured: boolean, reason: Reason): Finding =>
  isConfigured
    ? fail(`broker-${reason.code}`, address, reason.what, reason.todo)
    : fail(
        'advertised-unreachable',
        address,
        say(
          `the cluster says to use this address, but: ${reason.what.en}`,
          `集群告知使用该地址，但：${reason.what.zh}`,
        ),
        say(
          `${reason.todo.en} If the address is wrong for this host, correct advertised.listeners of the broker.`,
          `${reason.todo.zh}若该地址对本机不适用，请修改服务端的 advertised.listeners。`,
        ),
      )
