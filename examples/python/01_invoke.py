from headway import OpenAI

llm = OpenAI()

prompts = ["Hello how are you?", "What is the capital of France?"]
for prompt in prompts:
    print("prompt:", prompt)
    print("answer:", llm.invoke(prompt))
