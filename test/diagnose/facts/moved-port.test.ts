import { describe, expect, test } from 'vitest'
import { factsAmong, sale, timeout } from './moments.js'

const at = (port: number) => ({ 'destination.port': port })

describe('a terminal that dials another port', () => {
  test('left one where it and others are served', () =>
    expect(
      factsAmong([sale(-300, 't1', 300), timeout(-60, at(9334)), sale(-30, 't2', 300), timeout(0, at(9334))])(
        'dial.moved_port',
      ),
    ).toBe(true))
  test('near miss: the one it left serves nobody any more', () =>
    expect(
      factsAmong([sale(-300, 't1', 300), sale(-290, 't2', 300), timeout(-60, at(9334)), timeout(0, at(9334))])(
        'dial.moved_port',
      ),
    ).toBeUndefined())
  test('near miss: it tries one after the other, or is served at the new one', () => {
    const tries = [
      sale(-300, 't1', 300),
      timeout(-60, at(9334)),
      timeout(-40),
      sale(-30, 't2', 300),
      timeout(0, at(9334)),
    ]
    expect(factsAmong(tries)('dial.moved_port')).toBeUndefined()
    const served = [sale(-300, 't1', 300), sale(-60, 't1', 300, at(9334)), sale(-30, 't2', 300), timeout(0, at(9334))]
    expect(factsAmong(served)('dial.moved_port')).toBeUndefined()
  })
})
