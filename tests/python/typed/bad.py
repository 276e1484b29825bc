"""A user's mistakes: each marked line is a complaint of type checkers."""

import headway

chat = headway.ChatOpenAI(temprature=0)  # wrong
chat.invoke("x", max_tokns=5)  # wrong
chat.invoke("x", timeout="soon")  # wrong
chat.batch("x", {"max_concurrency": 1}, return_exception=True)  # wrong
headway.Client(rmp=60)  # wrong
headway.map(["x"], temprature=0)  # wrong
answers: list[headway.Answer] = chat.batch(["x"], return_exceptions=True)  # wrong
