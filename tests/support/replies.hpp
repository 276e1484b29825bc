#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway::test {

class Conversation;
struct Request;

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A whole HTTP/1.1 response with Content-Length. Content-Type is JSON unless `fields` has one.
std::string reply(int status, std::string_view body, const Fields& fields = Fields());
/// The same, each of `chunks` sent as a chunk of its own.
std::string chunked_reply(int status, const std::vector<std::string>& chunks, const Fields& fields = Fields());

// Bodies as OpenAI's schemas have them, with every required field. Texts may hold anything that is UTF-8.
std::string completion_body(std::string_view text);
std::string chat_body(std::string_view text);
std::string models_body(const std::vector<std::string>& names);
std::string error_body(std::string_view message, std::string_view type, std::string_view code);

/// Whole responses with status 200.
std::string completion_reply(std::string_view text);
std::string chat_reply(std::string_view text);
std::string error_reply(int status, std::string_view message, std::string_view type, std::string_view code,
                        const Fields& fields = Fields());

/// `text` as a JSON string, quotes and all.
std::string json_string(std::string_view text);
/// The last string that `json` holds under `name`, wherever; empty if none. Enough for requests of one
/// prompt.
std::string json_field(const std::string& json, const std::string& name);

/// What a request asks: a completion's prompt, or the content of a chat's last message.
std::string prompt_of(const Request& request);
/// What `echo` answers to a prompt.
std::string echo_of(const std::string& prompt);

/// A script that answers every request of a connection: completions and chats with echo_of(prompt), GET of a
/// path that ends in "/models" with the names "echo" and "other", all else with 404. Waits `delay` before
/// each answer.
std::function<void(Conversation&)> echo(std::chrono::milliseconds delay = std::chrono::milliseconds(0));
/// The same with a delay for each request.
std::function<void(Conversation&)> echo(std::function<std::chrono::milliseconds(const Request&)> delay);
/// A script that gives every request the same bytes.
std::function<void(Conversation&)> always(std::string response);
/// The response, whole, that `echo` gives.
std::string echo_reply(const Request& request);

}  // namespace headway::test
