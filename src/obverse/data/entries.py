"""The data sets Obverse knows by name: facts only, `catalogue` looks them up, verifies and loads.

Figures for rows and columns are of the table as loaded; several files are joined in the order in which they stand.
"""

from __future__ import annotations

from .entry import Entry, File

UCI = "https://archive.ics.uci.edu/dataset/"
CC_BY = "CC BY 4.0"

EMBEDDED = (
    Entry(
        name="breast_cancer",
        title="Breast tumours, 30 measurements of cell nuclei: malignant or benign",
        task="class",
        target="diagnosis",
        rows=569,
        columns=31,
        licence=CC_BY,
        source=UCI + "17/breast+cancer+wisconsin+diagnostic",
    ),
    Entry(
        name="diabetes",
        title="Diabetes progression one year on, from ten baseline measurements",
        task="number",
        target="progression",
        rows=442,
        columns=11,
        licence="none stated (Efron et al. 2004); comes with scikit-learn, BSD-3-Clause",
        source="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
    ),
    Entry(
        name="digits_table",
        title="Handwritten digits, 8 x 8 pixels as 64 counts from 0 to 16",
        task="class",
        target="digit",
        rows=1797,
        columns=65,
        licence=CC_BY,
        source=UCI + "80/optical+recognition+of+handwritten+digits",
    ),
    Entry(
        name="iris",
        title="Irises, four lengths in centimetres: which of three species",
        task="class",
        target="species",
        rows=150,
        columns=5,
        licence=CC_BY,
        source=UCI + "53/iris",
    ),
    Entry(
        name="wine",
        title="Wines, 13 chemical measurements: which of three cultivars",
        task="class",
        target="cultivar",
        rows=178,
        columns=14,
        licence=CC_BY,
        source=UCI + "109/wine",
    ),
)

PUBLIC = (
    Entry(
        name="adult",
        title="US census 1994: does a person earn more than 50,000 dollars a year",
        task="class",
        target="income",
        rows=48842,
        columns=15,
        licence=CC_BY,
        source=UCI + "2/adult",
        files=(
            File(
                "adult/test.csv.gz",
                sha256="833b7a2b1672f82cd1c72d34a141634f7762e7f979c8c5cca2ac1af60109c036",
                content_sha256="870b80a0b6988151df9d69368e1e5146584a44cb47a77d1463595b8f169eb6c6",
            ),
            File(
                "adult/train.csv.gz",
                sha256="d624afa4c2d929854f8b4db297d0e6724aecf862c53d85b1eb49ad0af737dbb2",
                content_sha256="98fbe372dd00d6afcdec811b8bb79925ff35cf6ca47fc83193913554531e8bc9",
            ),
        ),
    ),
    Entry(
        name="bank_marketing",
        title="Phone campaign of a Portuguese bank: does the client take a deposit",
        task="class",
        target="y",
        rows=45211,
        columns=17,
        licence=CC_BY,
        source=UCI + "222/bank+marketing",
        files=(
            File(
                "bank_marketing/data.csv.gz",
                sha256="ddeab86c614f430c22e5903d9d62356dc78bb4ff54bd6c20f2392b97041d5647",
                content_sha256="b44507c26634736d4a0619ec2d7c4b6ff56a2c63cbeb5176d3134e7b25e416f0",
            ),
        ),
        notes=("'unknown' is a value of its own here, not a missing cell",),
    ),
    Entry(
        name="breast_cancer_wisconsin",
        title="Breast tumours, nine cell scores from 1 to 10: malignant or benign",
        task="class",
        target="Class",
        rows=699,
        columns=10,
        licence=CC_BY,
        source=UCI + "15/breast+cancer+wisconsin+original",
        files=(
            File(
                "breast_cancer_wisconsin/data.csv.gz",
                sha256="0b87a49c9dbd8d64c8a994c9d4c9761b97eec6ac5d0faa9250703710c7df1b17",
                content_sha256="b3935b056c960158d2d0221742cbacda39fb7a81fcb1818fbe12064402d29ffc",
            ),
        ),
    ),
    Entry(
        name="breast_cancer_wisconsin_diagnostic",
        title="Breast tumours, 30 measurements of cell nuclei: malignant or benign",
        task="class",
        target="target",
        rows=569,
        columns=31,
        licence=CC_BY,
        source=UCI + "17/breast+cancer+wisconsin+diagnostic",
        files=(
            File(
                "breast_cancer_wisconsin_diagnostic/data.csv.gz",
                sha256="c66851fe945013c37dc7f5c8f6795a69b2a9a594b8cfc68fd2f09c66afc1356d",
                content_sha256="62dce411778129f3cd79e514e076cf8baac37c12249b61b6907134c9b1b8b5b6",
            ),
        ),
    ),
    Entry(
        name="california_housing",
        title="Californian districts in 1990: median value of a house",
        task="number",
        target="median_house_value",
        rows=20640,
        columns=10,
        licence="public domain (US census 1990)",
        source="https://github.com/ageron/data/blob/main/housing/housing.csv",
        files=(
            File(
                "california_housing/data.csv.gz",
                sha256="faa9be96d33e5c3eba2a1bf633f3cc768c418f0ca0f5dca4f88e6320fd52cb42",
                content_sha256="2364609dc48bec7df3ba9dbb7041478e704ecddcee70ef1827ec3fc49d22c0cc",
                url="https://raw.githubusercontent.com/ageron/data/2ea73147454d2ff8c8a933913be4606f05b352ca/housing/housing.csv",
            ),
        ),
    ),
    Entry(
        name="credit_default",
        title="Credit card clients in Taiwan: does the client default next month",
        task="class",
        target="default_next_month",
        rows=30000,
        columns=24,
        licence=CC_BY,
        source=UCI + "350/default+of+credit+card+clients",
        files=(
            File(
                "credit_default/data.csv.gz",
                sha256="8108577f6797c10896a402740410efc0a8b2c04051f167066757250cf05daa99",
                content_sha256="eb9d8208a2c21ac55c2a20d006281e5ffc14e0af6fe61f9e11c31d0d1e3d6c0c",
            ),
        ),
        drop=("ID",),
    ),
    Entry(
        name="creditcard_fraud",
        title="Card payments, 28 principal components and an amount: is it fraud",
        task="class",
        target="Class",
        rows=17521,
        columns=30,
        licence="ODbL 1.0 (database), DbCL 1.0 (contents)",
        source="https://www.kaggle.com/datasets/mlg-ulb/creditcardfraud",
        files=(
            File(
                "creditcard_fraud/creditcard_fraud_subset.csv.gz",
                sha256="baf56d0eab1dee4eca00307f03c25436037280fba4a3c45acaecf208cb78af1c",
                content_sha256="2f0849deeeaa6c965d32ca177141d9ff2685a7e773a8f85175782c466420e595",
            ),
        ),
        drop=("Time", "sample"),
        notes=(
            "a subset: all 492 frauds but only some legitimate payments, so fraud is 2.8 % here and 0.17 % in nature",
            "Time is not loaded: the legitimate rows were drawn from different hours, so it would give the class away",
        ),
    ),
    Entry(
        name="heart_cleveland",
        title="Heart patients in Cleveland: is a vessel narrowed",
        task="class",
        target="disease",
        rows=303,
        columns=14,
        licence=CC_BY,
        source=UCI + "45/heart+disease",
        files=(
            File(
                "heart_cleveland/data.csv.gz",
                sha256="563453fdf3d6a35b328404db717d85dab2c22e1b888ab79857900b7050faf661",
                content_sha256="76313e99195c0df2257c0405a8d08091a3fe585f1dc25769860aba0955fb7c20",
            ),
        ),
        drop=("num",),
        notes=("disease is 1 where the source's num is above 0; num itself is not loaded",),
    ),
    Entry(
        name="letter",
        title="Capital letters in 20 fonts, 16 counts from 0 to 15: which letter",
        task="class",
        target="class",
        rows=20000,
        columns=17,
        licence=CC_BY,
        source=UCI + "59/letter+recognition",
        files=(
            File(
                "letter/letter.csv.gz",
                sha256="f5f2d507ee26d19fc9276cff67df1628f8c2caa937c9d930c62b1b84844b6930",
                content_sha256="681bd50705eccaa5051cfc346ae71ca35a327e3584bb35273ceef404f2b04986",
            ),
        ),
    ),
    Entry(
        name="metro_traffic_volume",
        title="Hourly cars on an interstate near Minneapolis, with weather and holidays",
        task="number",
        target="traffic_volume",
        rows=48204,
        columns=9,
        licence=CC_BY,
        source=UCI + "492/metro+interstate+traffic+volume",
        files=(
            File(
                "metro_traffic_volume/metro_traffic_volume.csv.gz",
                sha256="6637343cfc98e049d1e6ab34146e2423f8f31d4dab18ae6c9f440eb30beaa34e",
                content_sha256="1b5d2b4949d3c60313600264bd8085f5f5513d46e4b3ba069b6e9d1a81c9a737",
            ),
        ),
        notes=("holiday 'None' is a value (an ordinary day), not a missing cell",),
    ),
    Entry(
        name="nsl_kdd",
        title="Network connections: normal, or which of 39 attacks",
        task="class",
        target="label",
        rows=47736,
        columns=42,
        licence="free for research with citation (Tavallaee et al. 2009)",
        source="https://www.unb.ca/cic/datasets/nsl.html",
        files=(
            File(
                "nsl_kdd/test.csv.gz",
                sha256="ef72a7f6172a65935cbd0af89d3c9f4024765e2cbe7d66ed4feaa82566f9e6f4",
                content_sha256="1a2f78b0c9caa973e978fe0269d463756d3fd4f52e5d597a01caaf3778893e3f",
            ),
            File(
                "nsl_kdd/train20.csv.gz",
                sha256="8044ae487382569100d9249a719092f06542ab68e40e5381ee6511b8492cd3fa",
                content_sha256="4aa236a29596db907770373b9bb302427be13365c89a53a92edbba3e02528ce9",
            ),
        ),
        drop=("difficulty",),
        notes=("the official test set and the official 20 % of the training set, joined",),
    ),
    Entry(
        name="optdigits",
        title="Handwritten digits, 8 x 8 pixels as 64 counts from 0 to 16, all 5,620",
        task="class",
        target="digit",
        rows=5620,
        columns=65,
        licence=CC_BY,
        source=UCI + "80/optical+recognition+of+handwritten+digits",
        files=(
            File(
                "optdigits/optdigits_test.csv.gz",
                sha256="f7ff07ef4cf9dc07d381b4e71388d7745a78fd5642accd1aaf78224099936e17",
                content_sha256="74cbfad71146e9c4aa1265219dcc76df15c468ee44c1ac4632925c6bb50ad6fa",
            ),
            File(
                "optdigits/optdigits_train.csv.gz",
                sha256="6ab6094f1938abdc5fb5c387e24cd482e48a791f903a90cd32118dcf70f0dcf5",
                content_sha256="5f671ca2180a0aaa6c58a660574797cb386373a54fddd3d09848f5f30825a72b",
            ),
        ),
    ),
    Entry(
        name="penguins",
        title="Penguins of the Palmer archipelago, measured: which of three species",
        task="class",
        target="species",
        rows=344,
        columns=7,
        licence="CC0",
        source="https://allisonhorst.github.io/palmerpenguins/",
        files=(
            File(
                "penguins/penguins.csv.gz",
                sha256="840719ba8642182dfe482b9b47950756e7e514798648eecb7d172c367646e02a",
                content_sha256="e07636bd8af74260099ea2f8678e2eabbf35def579940cc76f67061ee16c06c1",
                url="https://raw.githubusercontent.com/mwaskom/seaborn-data/master/penguins.csv",
            ),
        ),
    ),
    Entry(
        name="pima",
        title="Pima women, eight health measurements: diabetes within five years",
        task="class",
        target="outcome",
        rows=768,
        columns=9,
        licence="CC0",
        source="https://www.kaggle.com/datasets/uciml/pima-indians-diabetes-database",
        files=(
            File(
                "pima/data.csv.gz",
                sha256="9d835c481eac6aee76f505a1d342da8930f76d02bca855fe97d64eaa866706f2",
                content_sha256="f1ffeeb32c6b13e1f90e048fbd7923a7fbdf348d5a81665b6a6594e57170f86e",
            ),
        ),
        zero_is_missing=("glucose", "blood_pressure", "skin_thickness", "insulin", "bmi"),
        notes=("zeros of glucose, blood_pressure, skin_thickness, insulin and bmi are loaded as missing cells",),
    ),
    Entry(
        name="spambase",
        title="E-mails as word and character frequencies: is it spam",
        task="class",
        target="class",
        rows=4601,
        columns=58,
        licence=CC_BY,
        source=UCI + "94/spambase",
        files=(
            File(
                "spambase/data.csv.gz",
                sha256="7ac497801717d8d3b6c04291742448d8a5633fbd44f3b516565fa45b956c1a9e",
                content_sha256="c8145275315df6f8fd09b012f382a2248b9a61470794975841f0ccc1db87623d",
            ),
        ),
    ),
    Entry(
        name="titanic",
        title="Passengers of the Titanic: who survived",
        task="class",
        target="Survived",
        rows=891,
        columns=10,
        licence="public domain facts (Encyclopedia Titanica, Vanderbilt Biostatistics)",
        source="https://hbiostat.org/data/",
        files=(
            File(
                "titanic/titanic.csv.gz",
                sha256="c5ebfa97fa2279e219b9f8f20025bdb804d430f7b37341deb9382072f119d56e",
                content_sha256="14769fb1850e2d26d8e6db0ee49c213878040432827e39b13caaa15603c6598f",
            ),
        ),
        drop=("PassengerId", "Name"),
    ),
)
