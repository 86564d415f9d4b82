"""About: how it works, what it cannot do, what happens to a picture, the law, and credits."""

import streamlit as st

from fizzog_core import settings
from fizzog_core.errors import FizzogError
from fizzog_core.evaluation import headlines
from pages.ui.problem import show_problem

HOW = """
1. **Find.** Detectors with MediaPipe's weights find faces and hands;
   in a picture also on overlapping tiles, for small faces.
2. **Cut.** Around each face a square is cut out, exactly as the networks were trained.
3. **Read.** One network gives 15 keypoints, one the probabilities of seven expressions, and one reads a hand's 21
   landmarks as the letters A, F, L, V of American Sign Language (*punch*, *super*, *loser*, *victory*) or none of them.
4. **Answer.** Fizzog shows and speaks a sentence about the largest face and hand that it is sure of.

The networks were trained for this project on real data, and measured on data that played no part in choosing them:
"""

LIMITS = """
- **An expression is not a feeling.** The labels are guesses about how a face looks. People smile when they are sad,
  frown when they think, and people of different cultures express themselves differently. No label says what anybody
  feels, is, or intends.
- The expressions come from FER2013 and 13 other collections. People agree with the labels of FER2013 about two
  times in three (65 % ± 5, Goodfellow and others, 2013).
- Fear and disgust are missed more often than the other expressions. Fear is read as surprise, disgust as anger.
- It works best on faces that look at the camera, in good light. Profiles, masks, sunglasses, hands before the face,
  upside-down faces and drawings are missed or misread.
- Some ages, skin tones and regions are rare in the data. Errors are not equally frequent for all people.
- Gestures are single still hand shapes. Fizzog does not translate American Sign Language.
- Below a threshold the answer is *not sure*. Use no answer for a decision about a person.
"""

PRIVACY = """
- Pictures and camera frames stay in this server's memory, and are deleted when your visit ends. While a video is
  analyzed, it and its result are files in a private folder of the server, which is deleted after the analysis. Nothing
  is used for training.
- No face is recognised: Fizzog has no names, no gallery and no memory of faces.
- For the spoken reply the text of a sentence (never a picture) may be sent to Google's text-to-speech; without a
  network the clips that ship with Fizzog are played.
- The address of your network is kept in memory for a fair queue and for limits, and is written to no log.
- Usage statistics are switched off. The only cookie protects against forged requests (Streamlit sets it).
"""

LAW = """
Fizzog infers an emotional expression from a face. Under the **EU AI Act** (Regulation 2024/1689) that makes it an
*emotion recognition system* (Article 3 (39)):

- using it **at work or in education is prohibited**, except for medical or safety reasons (Article 5 (1) f);
- other professional use is **high-risk** (Annex III, 1 c), with duties that this demonstration does not fulfil;
- people who are exposed to it **must be told** (Article 50 (3)): this page and the notice before the camera starts do.

Try it on yourself, and on others only if they agree. This is information, not legal advice.
"""

CREDITS = """
- **Code**: MIT licence. **Network weights**: trained on sets that are mostly for research; treat them likewise.
- **Expressions**: FER2013 (Goodfellow and others, 2013), with the FER+ votes (Barsoum and others, 2016).
- **Keypoints**: YouTube Faces (Udacity's labels), Labeled Faces in the Wild (Dantone and others; CUHK), HELEN with
  the 300-W markup, Face Research Lab and other sets at webmorph.org (CC BY 4.0), dlib's examples.
- **Gestures**: ASL letters and digits from 30 public sources, read as MediaPipe's hand landmarks.
- **Sample picture**: Eileen Collins, NASA, public domain.
- Made with Streamlit, LiteRT, MediaPipe's detector weights (Apache 2.0), OpenCV, Pillow, PyAV, pandas,
  Altair, gTTS and espeak-ng. The networks were trained with Keras and TensorFlow.
"""

st.title("About Fizzog")
st.markdown(
    "*Fizzog* is an old British word for the face. This site looks at faces and hands, names what it sees, and answers "
    "in words and voice. It is a demonstration and a teaching tool, with its code open."
)

how, limits, privacy, law, credits = st.tabs(["How it works", "Limits", "Privacy", "The law", "Credits and licences"])
with how:
    st.markdown(HOW)
    try:
        st.dataframe(headlines.table(settings.get().models), hide_index=True, width="stretch")
    except FizzogError as error:
        show_problem(error)
limits.markdown(LIMITS)
privacy.markdown(PRIVACY)
law.markdown(LAW)
credits.markdown(CREDITS)
