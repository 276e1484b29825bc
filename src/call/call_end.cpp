#include "call/call_end.hpp"

namespace headway::call {
namespace {

std::string_view operation_of(wire::Form form) {
  switch (form) {
    case wire::Form::chat:
      return "chat";
    case wire::Form::completion:
      return "text_completion";
    case wire::Form::embeddings:
      return "embeddings";
    case wire::Form::responses:
      return "responses";
    case wire::Form::other:
      return "";
  }
  return "";
}

std::string_view provider_of(const wire::Dialect* dialect) {
  for (const std::string_view name : {"anthropic", "gemini"}) {
    if (dialect && dialect == wire::dialect_of(name)) return name;
  }
  return "openai";
}

}  // namespace

CallEnd end_of(const CallRequest& request) {
  const auto& head = *request.http.head;
  const std::string_view target = head.target;
  CallEnd end;
  end.operation = operation_of(request.form);
  end.method = head.method;
  end.path = target.substr(0, target.find('?'));
  end.provider = provider_of(request.endpoint().dialect());
  end.model = request.model_there();
  end.host = head.origin.host;
  end.port = head.origin.port;
  end.tag = request.tag;
  return end;
}

}  // namespace headway::call
