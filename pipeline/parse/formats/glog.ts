import { accept, defineFormat } from '../format.js'
import { readTime } from '../time.js'
import { describe } from './application.js'

/**
 * Google's C++ and Go loggers, and Kubernetes' klog: `Lmmdd hh:mm:ss.uuuuuu threadid file:line] message`, without a year.
 * Source: glog, "Customizing the log line prefix"; k8s.io/klog.
 */
const LINE = /^([IWEF])(\d{2})(\d{2}) (\d{2}:\d{2}:\d{2}\.\d{6})\s{1,12}([\d*]{1,20}) ([\w./-]{1,128}:\d{1,6})\] ?/
const LEVELS: Readonly<Record<string, string>> = { I: 'info', W: 'warning', E: 'error', F: 'fatal' }

export const glog = defineFormat({
  id: 'glog',
  title: 'glog and klog',
  source: 'glog documentation, log line prefix; k8s.io/klog',
  block: { starts: LINE },
  detect: (text) => (LINE.test(text) ? 1 : 0),
  parse: (text) => {
    const m = LINE.exec(text)
    const when = m && readTime(`${m[2]}-${m[3]} ${m[4]}`)
    if (!m || !when) return undefined
    const fields = describe(text.slice(m[0].length))
    fields['log.level'] = LEVELS[m[1] ?? ''] ?? ''
    fields['log.logger'] = m[6] ?? ''
    return accept(fields, when.time)
  },
})
