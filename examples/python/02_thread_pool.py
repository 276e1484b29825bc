from concurrent.futures import ThreadPoolExecutor

from headway import OpenAI


def task(llm, prompt):
    print("prompt:", prompt)
    return llm.invoke(prompt)


llm = OpenAI()
prompts = ["Hello how are you?", "What is the capital of France?"]

with ThreadPoolExecutor(max_workers=2) as executor:
    futures = [executor.submit(task, llm, prompt) for prompt in prompts]
    for future in futures:
        print("answer:", future.result())
