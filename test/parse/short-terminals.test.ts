import { describe, expect, test } from 'vitest'
import { readText } from '../../pipeline/parse/text.js'

const terminalOf = (text: string) => readText(text).terminal

describe('a short id of a terminal, where it stands as a value', () => {
  test.each([
    ['pos=Q1', 'Q1'],
    ['sale failed pos=Q1 stan=000123', 'Q1'],
    ['pos=Q1, amount=12.00', 'Q1'],
    ['(pos=Q1)', 'Q1'],
    ['[pos=Q1]', 'Q1'],
    ['pos="Q1"', 'Q1'],
    ["pos='Q1'", 'Q1'],
    ['{"till":"M03C2","ms":12}', 'M03C2'],
    ['{"till": "M03C2"}', 'M03C2'],
    ["{'till': 'M03C2'}", 'M03C2'],
    ['term=M12C1', 'M12C1'],
    ['term=M12', 'M12'],
    ['lane=L2 timed out', 'L2'],
    ['pdv=C07', 'C07'],
    ['caixa=CX3', 'CX3'],
    ['caja=A1', 'A1'],
    ['caisse=C-12', 'C-12'],
    ['cassa=K_2', 'K_2'],
    ['kasse=K3', 'K3'],
    ['kasa=Z-0071', 'Z-0071'],
    ['POS=Q1', 'Q1'],
    ['till=12-A', '12-A'],
  ])('%s', (text, id) => expect(terminalOf(text)).toBe(id))
  test('a name for it that says more goes first', () => expect(terminalOf('pos=Q1 tid=TERM0042')).toBe('TERM0042'))

  test.each([
    // A logger's name before what it says.
    'kasa: Z-0071 oczekuje na odpowiedz',
    'INFO kasa: Z-0071 gotowa',
    'pos: Q1',
    'pos Q1',
    // Terminals of another kind.
    'term=xterm-256color',
    'TERM=xterm-256color',
    'term=xterm',
    'term=screen-256color',
    'term=screen.xterm-256color',
    'term=rxvt-unicode-256color',
    'term=vt100',
    'term=vt220',
    'term=linux',
    '"term":"linux2"',
    // Numbers, with units and in other bases.
    'pos=0x1f',
    'pos=0X1F',
    'pos=1234',
    'lane=3',
    'lane=3ms',
    'lane=3ms,',
    'lane=300us',
    'pos=1.5ms',
    'pos=12s',
    '"lane":"3ms"',
    'pos=12:34:56',
    'pos=12/34',
    // Words.
    'pos=open',
    'pos=front-left',
    'lane=left',
    'pos=mysql-bin.000012',
    // Of other words.
    'repos=Q1',
    'tripos=Q1',
    'file_pos=Q1',
    'xpos=Q1',
    '"_pos":"Q1"',
    // Another name follows, no value.
    'pos=Q1=3',
    'pos=a1b2=c',
    'pos=',
    'pos=""',
    'pos=/dev/ttyS1',
  ])('near miss: %s', (text) => expect(terminalOf(text)).toBeUndefined())
  test('near miss: longer than any id', () => expect(terminalOf(`pos=${'A1'.repeat(40)}`)).toBeUndefined())
  test('a long line costs no time', () => {
    const began = performance.now()
    for (const part of ['pos=', 'term=a-', 'lane="', '"till" : "0-', 'kasa=____'])
      expect(terminalOf(part.repeat(2_000))).toBeUndefined()
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
