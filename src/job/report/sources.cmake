list(APPEND HEADWAY_JOB_SOURCES
  report/advice.cpp report/blurred.cpp report/failures.cpp report/figures_json.cpp report/human.cpp report/last_words.cpp
  report/limited_time.cpp report/live_view.cpp report/projection.cpp report/report_page.cpp report/report_text.cpp
  report/run_facts.cpp report/run_figures.cpp report/run_series.cpp report/say.cpp report/svg_plot.cpp
  report/terminal_text.cpp)
