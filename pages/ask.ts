/// <reference lib="dom" />

/**
 * Asks the server of the page.
 *
 * @throws {Error} With what the server says is wrong, or that it does not answer
 */
export async function ask<Answer>(path: string, question: object): Promise<Answer> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question),
  }).catch(() => {
    throw new Error("The command that serves this page has ended: start it again");
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
