// Sends spans to Zipkin's own API.

export async function sendZipkin(url: string, spans: readonly unknown[], signal: AbortSignal): Promise<void> {
  const response = await fetch(`${url}/api/v2/spans`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(spans), signal });
  const said = await response.text();
  if (response.status !== 202) throw new Error(`Zipkin refused the spans with ${response.status}: ${said.slice(0, 500)}`);
}
