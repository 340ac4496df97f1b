/** The one module of natural that training needs; its index would load four database drivers. */
declare module 'natural/lib/natural/classifiers/bayes_classifier.js' {
  export default class BayesClassifier {
    addDocument(tokens: readonly string[], label: string): void
    train(): void
    getClassifications(tokens: readonly string[]): { label: string; value: number }[]
    /** Tokens in the order of their numbers. */
    readonly features: Readonly<Record<string, number>>
    readonly classifier: {
      /** By label and number of the token: in how many documents it stands, plus one. */
      readonly classFeatures: Readonly<Record<string, Readonly<Record<number, number>>>>
      /** Documents of a label, plus one. */
      readonly classTotals: Readonly<Record<string, number>>
    }
  }
}
