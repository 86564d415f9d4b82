"""The site. ``streamlit run`` imports this file to start the server, and runs it for each visitor."""

import streamlit as st
from starlette.middleware import Middleware

from pages.ui.loaders import LOGO
from pages.ui.server import live_results, metrics
from pages.ui.server.start import load_in_background
from pages.ui.server.uploads import LimitUploads

if __name__ == "__main__":
    st.set_page_config(page_title="Fizzog", page_icon=LOGO, layout="wide")
    st.logo(LOGO, size="large")
    if st.context.theme.type == "dark":
        # Streamlit writes a multiselect's tags in white, also on the light colour that dark pages need.
        st.html("<style>[data-tag], [data-tag] span { color: #14161f }</style>")
    pages = [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/live.py", title="Live", icon=":material/videocam:"),
        st.Page("pages/analyze_image.py", title="Picture", icon=":material/add_photo_alternate:"),
        st.Page("pages/analyze_video.py", title="Video", icon=":material/movie:"),
        st.Page("pages/explore_data.py", title="Data", icon=":material/query_stats:"),
        st.Page("pages/training_metrics.py", title="Training", icon=":material/monitoring:"),
        st.Page("pages/about.py", title="About", icon=":material/info:"),
    ]
    st.navigation(pages, position="top").run()
else:
    routes = (*metrics.ROUTES, *live_results.ROUTES)
    app = st.App(__file__, lifespan=load_in_background, routes=routes, middleware=[Middleware(LimitUploads)])
