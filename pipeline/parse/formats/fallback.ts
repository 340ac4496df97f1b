import { accept, defineFormat, reject } from '../format.js'
import { findTime } from '../time.js'
import { describe } from './application.js'

/** Any record with a time somewhere near its start: what it says is read as from an application's message. */
export const fallback = defineFormat({
  id: 'fallback',
  title: 'Any text with a time',
  source: 'none: generic reading of ids, addresses, durations and error words',
  detect: () => 0.01,
  parse: (text, header) => {
    const when = findTime(text, 200)
    if (!when && !header.time) return reject('PARSE_NO_TIME', 'no time within the first 200 characters')
    const message = when
      ? `${text.slice(0, when.start)}${text.slice(when.end)}`.replace(/^[\s[\]()|,;:-]{1,8}/, '')
      : text
    return accept(describe(message, text), header.time ?? when?.time)
  },
})
