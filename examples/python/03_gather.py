import asyncio

from headway import OpenAI


async def task(llm, prompt):
    print("prompt:", prompt)
    return await llm.ainvoke(prompt)


async def main():
    llm = OpenAI()
    prompts = ["Hello how are you?", "What is the capital of France?"]
    responses = await asyncio.gather(*[task(llm, prompt) for prompt in prompts])
    for response in responses:
        print("answer:", response)


asyncio.run(main())
