import { expect, test } from 'vitest'
import { readCurlSteps } from '../../pipeline/parse/curl-steps.js'

const line = (times: string, code = 28) => `error stan=003376 rc=${code} http=000 ${times}`

test.each([
  ['dns=0.000000 con=0.000000 tls=0.000000 total=4.001', 'dns'],
  ['dns=0.000919 con=0.000000 tls=0.000000 total=4.001321', 'connect'],
  ['time_namelookup=0.001 time_connect=0.034 time_appconnect=0.000000 time_total=8.001', 'tls'],
  ['dns=0.001 con=0.034 tls=0.106559 total=8.0', 'response'],
  ['connect=0.034 total=8.001', 'response'],
])('%s: it stopped at %s', (times, phase) => expect(readCurlSteps(line(times))).toBe(phase))

test.each([
  ['another end', line('dns=0.0 con=0.0 total=4.0', 7)],
  ['no times', line('')],
  ['a 28 that is none of curl', 'ok amount=28 dns=0.001 con=0.000000 total=0.2'],
])('near miss: %s', (_, text) => expect(readCurlSteps(text)).toBeUndefined())
