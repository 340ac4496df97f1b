import type { Bilingual } from '../../schemas/rule.js'
import { count, flag, logged, measure } from './comparison-words.js'

const w = (en: string, zh: string): Bilingual => ({ en, zh })
const ms = (n: number): Bilingual => (n >= 1000 ? w(`${n / 1000} s`, `${n / 1000}秒`) : w(`${n} ms`, `${n}毫秒`))
const times = (n: number): Bilingual => w(`${n} times`, `${n}倍`)

/** What facts about the gateway and the servers behind it mean to an operator. */
export const SERVICE_FACT_WORDS = {
  'gateway.logged': logged("the gateway's log", '网关日志'),
  'gateway.saw_attempt': flag(
    w('the gateway saw this attempt', '网关收到了该次尝试'),
    w('the gateway never saw this attempt', '网关没有收到该次尝试'),
  ),
  'gateway.answered': flag(
    w('the gateway finished this session normally', '网关正常完成了该会话'),
    w('the gateway did not finish this session', '网关未能完成该会话'),
  ),
  'gateway.own_timed_out': flag(
    w("the gateway's own wait for its server ran out in this session", '该会话中网关等待后端超时'),
    w("the gateway's own wait for its server did not run out", '网关等待后端未超时'),
  ),
  'gateway.left_waiting': flag(
    w('the gateway still waited for its server when the other side gave up', '对方放弃时网关仍在等待后端'),
    w('the gateway did not wait for its server when the other side gave up', '对方放弃时网关并未等待后端'),
  ),
  'gateway.upstream_timeouts': count(
    w("the gateway's waits for its server run out", '网关等待后端出现超时'),
    w("none of the gateway's waits for its server runs out", '网关等待后端没有超时'),
  ),
  'gateway.upstream_ok': count(
    w('the server behind the gateway answers others', '网关后端正常应答其他请求'),
    w('the server behind the gateway answers nobody', '网关后端没有应答任何请求'),
  ),
  'gateway.upstream_down': flag(
    w('the gateway says that its server is down', '网关报告后端已下线'),
    w('the gateway holds its server for up', '网关认为后端在线'),
  ),
  'gateway.silent': flag(
    w('the otherwise busy log of the gateway falls silent', '平时繁忙的网关日志静默'),
    w('the log of the gateway goes on', '网关日志持续'),
  ),
  'gateway.slow_connect': flag(
    w('the gateway needs over a second to connect to its server', '网关连接后端耗时超过1秒'),
    w('the gateway connects to its server quickly', '网关连接后端迅速'),
  ),
  'gateway.queued': flag(
    w("the request stood in the gateway's queue for most of its time", '请求大部分时间在网关排队'),
    w("the request did not stand in the gateway's queue", '请求未在网关排队'),
  ),
  'gateway.slow_self': flag(
    w('sessions take over a second in the gateway itself', '会话在网关内部耗时超过1秒'),
    w('the gateway itself is quick', '网关自身处理迅速'),
  ),
  'gateway.stopped': flag(
    w("the gateway's program had stopped and was not back", '网关程序已停止且尚未恢复'),
    w("the gateway's program had stopped and was back before", '网关程序曾停止，此前已恢复'),
  ),
  'gateway.limit_over_usual': measure(
    w("the gateway's limit, compared with what its requests usually take,", '网关时限为平常耗时的倍数'),
    times,
  ),
  'gateway.limit_lowered': flag(
    w("the gateway's limit was lowered to less than half", '网关时限被调低至原来的一半以下'),
    w("the gateway's limit is about what it was before", '网关时限与之前相近'),
  ),
  'server.logged': logged("the server's log", '服务器日志'),
  'server.saw_request': flag(
    w('the server received this request', '服务器收到了该请求'),
    w('the server never received this request', '服务器没有收到该请求'),
  ),
  'server.answered_request': flag(
    w('the server logged an answer to this request', '服务器已记录对该请求的应答'),
    w('the server logged no answer to this request', '服务器未记录对该请求的应答'),
  ),
  'server.answer_ms': measure(w("the server's time for this answer", '服务器处理该请求的时间'), ms),
  'server.took_up_late': flag(
    w(
      'the server took the request up only a second or more after it was sent',
      '服务器在请求发出一秒或更久之后才开始处理',
    ),
    w('the server took the request up at once', '服务器立即开始处理该请求'),
  ),
  'server.answer_over_usual': measure(
    w("the server's time for this answer, as a multiple of its usual time", '服务器处理该请求的时间与平常之比'),
    times,
  ),
  'server.silent': flag(
    w('the otherwise busy log of the server falls silent', '平时繁忙的服务器日志静默'),
    w('the log of the server goes on', '服务器日志持续'),
  ),
  'server.burst_after': flag(
    w('right after its silence the server logs a backlog at once', '静默后服务器一次性记录积压请求'),
    w('the server logs no backlog afterwards', '之后服务器没有积压记录'),
  ),
  'server.starts': count(
    w('the server program starts again and again', '服务器程序反复启动'),
    w('no server program starts', '没有服务器程序启动'),
  ),
  'server.restarted': flag(
    w('the server program has just started', '服务器程序刚刚启动'),
    w('the server program has not restarted', '服务器程序没有重启'),
  ),
  'gateway.burst_after': flag(
    w('the gateway falls silent and then logs a backlog at once', '网关日志静默后一次性记录积压'),
    w('the gateway logs no backlog afterwards', '之后网关没有积压记录'),
  ),
} as const
