import { type CheckedFinding, type Finding, type Findings, findingsOf } from '../../../schemas/doctor.js'
import { WhytimeoutError } from '../../errors.js'
import { openSession } from '../cluster/session.js'
import type { LoadedConfig } from '../config.js'
import { fail, say, skip } from '../findings.js'
import type { Check, Context } from './check.js'
import { CHECKS } from './checks.js'
import { failureOf } from './failure.js'
import { createLook } from './look.js'
import { withoutSecrets } from './secrets.js'

export type DoctorOptions = {
  readonly config: LoadedConfig
  /** Epoch ms. */
  readonly now: () => number
  /** All by default. */
  readonly checks?: readonly Check[]
  /** The longest that one check may take, ms. */
  readonly limitMs?: number
}

const LIMIT_MS = 20_000

/**
 * Runs the first check, then the others side by side, each within its time; reads only. What a check throws is a finding of it.
 * @throws WhytimeoutError CONFIG_INVALID where the certificates that the configuration names cannot be read
 */
export async function runDoctor({
  config,
  now,
  checks = CHECKS,
  limitMs = LIMIT_MS,
}: DoctorOptions): Promise<Findings> {
  const session = await openSession(config.kafka)
  try {
    const context: Context = { config, now, look: createLook(session, config.kafka) }
    const run = async (check: Check): Promise<readonly CheckedFinding[]> =>
      (await runCheck(check, context, limitMs)).map((f) => ({ check: check.id, title: check.title, ...f }))
    // The first alone: how fast brokers answer says nothing while rules are compiled beside it.
    const [first, ...others] = checks
    const found = first ? [await run(first), ...(await Promise.all(others.map(run)))] : []
    return withoutSecrets(findingsOf(found.flat()), config)
  } finally {
    session.close()
  }
}

async function runCheck(check: Check, context: Context, limitMs: number): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([tooLong(check, limitMs)]), limitMs)
  })
  const work = async (): Promise<readonly Finding[]> => {
    if (check.needsKafka && !(await isReachable(context)))
      return [skip('no-broker', check.id, say('no broker can be used, see above', '没有可用的服务器，见上'))]
    return check.run(context)
  }
  try {
    return await Promise.race([work(), limit])
  } catch (error) {
    if (error instanceof WhytimeoutError && error.code === 'INTERNAL') throw error
    return [failureOf(error, check.id)]
  } finally {
    clearTimeout(timer)
  }
}

const isReachable = ({ look }: Context): Promise<boolean> =>
  look.cluster().then(
    () => true,
    () => false,
  )

const tooLong = (check: Check, limitMs: number): Finding =>
  fail(
    'check-too-long',
    check.id,
    say(`no result within ${limitMs / 1000} s`, `${limitMs / 1000}秒内没有结果`),
    say(
      'A broker that the cluster names may not answer from here; see the brokers above.',
      '集群中的某台服务器可能在本机不可达，请查看上面的服务器检查。',
    ),
  )
