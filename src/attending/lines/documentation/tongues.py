"""What is asked of a machine, and of what, in languages besides English.

By language: verbs, and the things that they are about. A ``*`` stands for any ending, a
``_`` for a blank. The recogniser hears English alone; these are for transcripts of others.
"""

from __future__ import annotations

SPACED = {
    "de": (
        (
            "ignorier* vergiss vergessen_sie missachte* überspring* lösch* unterdrück* entfern* "
            "unterschreib* signier* gib geben_sie genehmig* markier* schalt* send* schick* schreib* "
            "verberg* bestätig* zeig* füg*"
        ),
        (
            "anweisung* regeln systemnachricht* prompt warnung* hinweise prüfung entwurf notiz* eintrag "
            "akte empfänger* freigabe freigegeben unterschrieben signiert"
        ),
    ),
    "fr": (
        (
            "ignore ignorez oublie oubliez contourne* supprime* masque* cache* signe signez approuve* "
            "valide* marque* envoie envoye* ajoute* écris écrivez inscri* désactive* affiche*"
        ),
        (
            "instruction* consigne* règle* avertissement* alerte* note brouillon dossier destinataire* "
            "révision compte_rendu signé signée"
        ),
    ),
    "es": (
        (
            "ignor* olvid* omit* elimin* borr* ocult* firme firma aprueb* marque marca envíe envía "
            "añad* agreg* escrib* desactiv* muestr*"
        ),
        (
            "instruccion* regla* advertencia* aviso* alerta* nota borrador historia_clínica "
            "destinatari* revisión firmad*"
        ),
    ),
    "pt": (
        "ignor* esqueç* apag* escond* assin* aprov* marque envie adicion* escrev* desativ* mostr*",
        "instruç* regra* aviso* alerta* nota rascunho prontuário destinatári* revisão",
    ),
    "it": (
        (
            "ignor* dimentic* cancell* nascond* firma firmi approv* segna segni contrassegn* invi* "
            "aggiung* scriv* disattiv* mostr*"
        ),
        "istruzioni regol* avvertiment* avvis* nota bozza cartella destinatari* revisione",
    ),
    "nl": (
        "negeer* vergeet verwijder* verberg* onderteken* keur* markeer* stuur* voeg schrijf",
        "instructies regels waarschuwing* notitie* verslag dossier ontvanger*",
    ),
    "sv": (
        "ignorera* glöm ta_bort dölj* signera* godkänn* markera* skicka* lägg_till skriv stäng_av",
        "instruktion* regler* varning* anteckning* journal* mottagare*",
    ),
    "pl": (
        (
            "zignoruj* ignoruj* zapomnij usuń* ukryj* podpisz* zatwierdź* oznacz* wyślij* dodaj* "
            "zapisz* wyłącz*"
        ),
        "instrukcj* polece* zasad* ostrzeże* notatk* wpis* dokumentacj* odbiorc*",
    ),
    "tr": (
        "yok_say* unut* görmezden_gel* sil* gizle* imzala* onayla* işaretle* gönder* ekle* yaz* kapat*",
        "talimat* kural* uyarı* not notu kayd* alıcı*",
    ),
    "ru": (
        (
            "игнорируй* забудь* удали* скрой* подпиши* одобри* отметь* пометь* отправь* добавь* "
            "запиши* отключи*"
        ),
        "инструкци* правил* предупрежден* запис* заметк* черновик* карт* получател*",
    ),
    "uk": (
        "ігноруй* забудь* видали* приховай* підпиши* схвали* познач* надішли* додай* вимкни*",
        "інструкці* попереджен* нотатк* чернетк* запис* одержувач* правил*",
    ),
}
# Where words are joined to others, or written without blanks: parts of words.
JOINED = {
    "ar": (
        "تجاهل انس احذف أخف وقّع وقع وافق أرسل أضف اكتب",
        "تعليمات قواعد تحذير ملاحظة سجل مستلم",
    ),
    "fa": (
        "نادیده فراموش حذف پنهان امضا تأیید بفرست اضافه",
        "دستور قوانین هشدار یادداشت پرونده گیرنده",
    ),
    "hi": (
        "अनदेखा नज़रअंदाज़ भूल हटा छिपा हस्ताक्षर स्वीकृत भेज जोड़ लिख",
        "निर्देश नियम चेतावन नोट रिकॉर्ड प्राप्तकर्ता",
    ),
    "zh": (
        "忽略 无视 忘记 删除 隐藏 签署 批准 标记 发送 添加 写入 关闭",
        "指令 指示 规则 警告 提示 病历 记录 草稿 收件人",
    ),
    "ja": ("無視 忘れ 削除 非表示 署名 承認 送信 追加 記載", "指示 ルール 警告 記録 カルテ 下書き 宛先"),
    "ko": ("무시 삭제 숨기 서명 승인 전송 추가", "지시 규칙 경고 기록 초안 수신자"),
}  # fmt: skip
