// What people ask: a seeded schedule, the same on every run. Conversation 26 is the first product lookup; after it about
// one in twenty is. Now and then somebody asks about the newsletter, whose answer cannot be parsed: that is the error.
import { PRODUCTS, TOPICS } from './lib/knowledgeBase.ts';
import { seeded } from './lib/pace.ts';

/** With it product lookups come at most 27 conversations apart: who has fixed the code soon sees that it is. */
export const SEED = 2758;
export const NORMAL_FIRST = 25;
const QUIET_TOPICS = TOPICS.filter((topic) => topic !== 'newsletter');

/** An endless list of messages. */
export function* conversations(seed: number): Generator<string> {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  for (let n = 1; ; n++) {
    const chance = random();
    const isProduct = n === NORMAL_FIRST + 1 || (n > NORMAL_FIRST + 1 && chance < 0.05);
    const isNewsletter = n === 12 || (!isProduct && chance > 0.975);
    if (isProduct) yield `How do I descale my ${pick(PRODUCTS)}? (case ${n})`;
    else if (isNewsletter) yield `How do I stop the newsletter? (case ${n})`;
    else yield `I have a question about ${pick(QUIET_TOPICS)}, please help. (case ${n})`;
  }
}
