// A small vector index that is real: hashed word vectors, cosine similarity, metadata filter, exact search.
import type { Article } from './knowledgeBase.ts';

const DIMENSIONS = 64;

export interface Hit {
  readonly article: Article;
  readonly score: number;
}

export interface SearchOptions {
  readonly limit: number;
  /** Only articles about this; {} searches everything. */
  readonly filter: Article['about'];
}

/** A unit vector of a text: each word adds to the dimensions its hash names. */
export function embed(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (const word of text.toLowerCase().match(/[\p{L}\d]+/gu) ?? []) {
    let hash = 2166136261;
    for (const letter of word) hash = Math.imul(hash ^ letter.codePointAt(0)!, 16777619);
    vector[(hash >>> 0) % DIMENSIONS]! += 1;
    vector[(hash >>> 8) % DIMENSIONS]! += 0.5;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

export class VectorIndex {
  readonly #rows: readonly { article: Article; vector: Float32Array }[];

  constructor(articles: readonly Article[]) {
    this.#rows = articles.map((article) => ({ article, vector: embed(`${article.title} ${article.text}`) }));
  }

  get size(): number {
    return this.#rows.length;
  }

  search(query: Float32Array, { limit, filter }: SearchOptions): Hit[] {
    const matching = this.#rows.filter(({ article }) => (filter.topic ?? article.about.topic) === article.about.topic && (filter.product ?? article.about.product) === article.about.product);
    const hits = matching.map(({ article, vector }) => ({ article, score: vector.reduce((sum, value, i) => sum + value * query[i]!, 0) }));
    return hits.sort((a, b) => b.score - a.score).slice(0, limit);
  }
}
