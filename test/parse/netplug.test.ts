import { expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const UP = '0x00011043 UP,BROADCAST,RUNNING,MULTICAST,10000'
const DOWN = '0x00001003 UP,BROADCAST,MULTICAST'

test.each([
  [`lan1: state ACTIVE flags ${UP} -> ${DOWN}`, 'link-down'],
  [`lan1: state INACTIVE flags ${DOWN} -> ${UP}`, 'link-up'],
  [`eth0.20: state INNING flags ${UP} -> ${DOWN}`, 'link-down'],
  [`lan1: state DOWN flags 0x00001002 BROADCAST,MULTICAST -> ${DOWN}`, 'other'],
])('netplugd tells a link by its flags, not by the state it was in: %s', (text, action) => {
  const event = eventOf(`2026-11-29T19:53:05.397095+00:00 cdy1 netplugd[3987]: ${text}`)
  expect([event['event.action'], event['event.dataset']]).toEqual([action, 'link-daemon'])
  expect(event['interface.name']).toMatch(/^(?:lan1|eth0\.20)$/)
})
