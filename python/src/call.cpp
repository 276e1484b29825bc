#include "call.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

namespace headway::python {

void CallTask::start(const AnyModel& model, Question question) {
  auto end = [self = shared_from_this(), this](Outcome<Response> outcome) { tell(std::move(outcome)); };
  ask(model, std::move(question), [&](const auto& llm, auto prompt, CallOptions options) {
    llm.async_outcome(std::move(prompt), std::move(options),
                      boost::asio::bind_cancellation_slot(stop_.slot(), std::move(end)));
  });
}

}  // namespace headway::python
