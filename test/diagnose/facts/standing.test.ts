import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const lost = { 'event.outcome': 'failure', 'event.reason': '10 ip sla 10 reachability' } as const
const found = { ...lost, 'event.outcome': 'success' } as const

describe('what stands as it was last said', () => {
  test('a link that went down long ago and was not said to be up', () =>
    expect(factsAmong([line(-605, 'r1', 'link-down', { 'interface.name': 'wan' }), timeout(0)])('site.link_away')).toBe(
      true,
    ))
  test('it is up again', () => {
    const down = line(-605, 'r1', 'link-down', { 'interface.name': 'wan' })
    const up = (name: string) => line(-300, 'r1', 'link-up', { 'interface.name': name })
    expect(factsAmong([down, up('wan'), timeout(0)])('site.link_away')).toBeUndefined()
    expect(factsAmong([down, up('lan1'), timeout(0)])('site.link_away')).toBe(true)
  })
  test('others were served since, so it is no link that they need', () =>
    expect(
      factsAmong([line(-605, 'r1', 'link-down'), sale(-100, 't2', 300), timeout(0)])('site.link_away'),
    ).toBeUndefined())
  test('a watched target that is out of reach until it is said to be back', () => {
    const away = line(-305, 'r1', 'route-changed', lost)
    expect(factsAmong([away, timeout(0)])('site.route_away')).toBe(true)
    expect(factsAmong([away, line(-200, 'r1', 'route-changed', found), timeout(0)])('site.route_away')).toBeUndefined()
    const other = line(-200, 'r1', 'route-changed', { ...found, 'event.reason': '20 ip sla 20 reachability' })
    expect(factsAmong([away, other, timeout(0)])('site.route_away')).toBe(true)
  })
  test('of another site', () =>
    expect(factsAmong([line(-305, 'r2', 'route-changed', lost), timeout(0)])('site.route_away')).toBeUndefined())
})
