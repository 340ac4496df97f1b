import { COLLECTIONS } from './claims.js'
import type { Found } from './compare.js'
import { EXPLAINED } from './explained.js'
import { MAPPING, type Rule } from './mapping.js'

/** docs/expectations.md. @param counts  the table of `tally` */
export const page = (counts: readonly string[], found: readonly Found[]): string => `# What others say that a line means

Written by \`EXPECTATIONS_PAGE=docs/expectations.md npx vitest run test/parse/expectations.test.ts\` over public collections of logs that lie beside the project and
are not part of it. Their projects' own tests say, for many lines, which fields a line has. Each line is read as a replay reads it; where a name of theirs and a field of
ours mean the same and both have a value, the two are compared.

${counts.join('\n')}

"Without an event" are records that have no time: a log with its timestamps switched off, or a line cut off at its head. Outputs of \`show\` commands that are
no logs (interfaces, routes, ping, traceroute) have expectations too; they are no events, and are not compared.

## Where we differ

Each of these still occurs: the test fails when one does not, and when there is another.

${EXPLAINED.map(disagreement).join('\n\n')}

## Which names mean the same

"How" says what is done with theirs before the two are compared; a value that says nothing (\`-\`, an empty one, a time of -1) is passed over.

${Object.entries(COLLECTIONS)
  .map(([collection, title]) => mapping(collection as keyof typeof MAPPING, title, found))
  .join('\n\n')}
`

const code = (text: string): string => `\`${text}\``
const disagreement = ({ why, at }: (typeof EXPLAINED)[number]): string =>
  `${why}\n\n${Object.entries(at)
    .map(([file, cases]) => `- ${file}: ${cases.map((c) => c.split(' | ').map(code).join(' but ')).join('; ')}`)
    .join('\n')}`

function mapping(collection: keyof typeof MAPPING, title: string, found: readonly Found[]): string {
  const rules = MAPPING[collection]
  const of = (rule: Rule) => found.filter((f) => f.rule === rule)
  const rows = rules
    .filter((rule) => of(rule).length > 0)
    .map((rule) => {
      const both = of(rule)
      const agreed = both.filter((f) => f.isAgreed).length
      const ours = rule.ours.map(code).join(' or ')
      return `| ${[code(rule.theirs), ours, where(rule), rule.way.says, both.length, agreed].join(' | ')} |`
    })
  const unnamed = [...new Set(rules.filter((rule) => of(rule).length === 0).map((rule) => code(rule.theirs)))]
  const rest = unnamed.length > 0 ? `\n\nNamed by them where our event has no such field: ${unnamed.join(', ')}.` : ''
  const head = '| theirs | ours | logs | how | compared | agreed |\n| --- | --- | --- | --- | --: | --: |'
  return `### ${title}\n\n${head}\n${rows.join('\n')}${rest}`
}

const where = ({ files }: Rule): string =>
  files === undefined ? '' : files.source.replaceAll(/\\\/|\(\?:|[()^$]/g, '').replaceAll('|', ', ')
