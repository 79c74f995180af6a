/// <reference lib="dom" />

/**
 * Posts a question as JSON to the server of the page.
 *
 * @returns Its answer
 * @throws {Error} If the server answers with an error or not at all
 */
export async function post<Answer>(path: string, question: object): Promise<Answer> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question),
  }).catch(() => {
    throw new Error("The command that serves this page has stopped: start it again");
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
