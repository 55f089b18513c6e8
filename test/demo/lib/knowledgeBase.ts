// What the support chat knows: twenty articles for each topic and twenty for each product.

export interface Article {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What an article can be found by: its topic, or its product. */
  readonly about: { readonly topic?: string; readonly product?: string };
}

export const TOPICS = ['billing', 'shipping', 'returns', 'warranty', 'account', 'password', 'invoices', 'discounts', 'newsletter', 'privacy'];
export const PRODUCTS = Array.from({ length: 40 }, (_, i) => `${['Aqua', 'Terra', 'Volt', 'Nimbus'][i % 4]} ${['Kettle', 'Grinder', 'Lamp', 'Scale', 'Fan'][i % 5]} ${100 + i}`);
const PER_SUBJECT = 20;

export function loadKnowledgeBase(): Article[] {
  const subjects = [...TOPICS.map((topic) => ({ topic })), ...PRODUCTS.map((product) => ({ product }))];
  return subjects.flatMap((about, s) =>
    Array.from({ length: PER_SUBJECT }, (_, i) => {
      const subject = 'topic' in about ? about.topic : about.product;
      return { id: `kb-${s}-${i}`, title: `${subject}: part ${i + 1}`, text: articleText(subject, i), about };
    }),
  );
}

function articleText(subject: string, part: number): string {
  const steps = ['check the display', 'hold the button for five seconds', 'write to support', 'look at the label', 'try it again after a minute', 'open the app'];
  const sentences = Array.from({ length: 9 }, (_, i) => `When ${subject} needs help, step ${part + i}: ${steps[(part + i) % steps.length]}.`);
  return sentences.join(' ');
}

/** About four characters a token, as models count. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);
